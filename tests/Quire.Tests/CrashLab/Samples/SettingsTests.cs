#pragma warning disable xUnit1000 // A test that fails on purpose: TutorialTests runs it.
using Quire.CrashLab;
using Quire.Samples.AtomicSave;
using Xunit;

namespace Quire.Tests.CrashLab.Samples;

internal sealed class SettingsTests
{
    [Fact]
    public void Settings_are_saved_as_a_whole() => CrashTest.Explore(new CrashScenario
    {
        Setup = process => process.Files.WriteAllText("settings", "old"),
        Workload = process =>
        {
            process.Begin("new");
            NaiveSaver.Save(process.Files, "settings", "new");
        },
        Check = Checks.AtomicReplacement("settings", initial: "old"),
    }).ThrowIfFailed();
}
