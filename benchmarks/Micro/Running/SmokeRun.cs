using System.Reflection;
using BenchmarkDotNet.Attributes;

namespace Quire.Benchmarks.Running;

/// <summary>
/// Calls every benchmark method once with each of its parameters, so that a test can tell that they
/// all still work. Times nothing.
/// </summary>
internal static class SmokeRun
{
    /// <returns>0; a benchmark that fails ends the run with its exception.</returns>
    public static int All(Assembly assembly)
    {
        int calls = 0;
        foreach (Type type in assembly.GetTypes().Where(type => With<BenchmarkAttribute>(type).Any()))
        {
            foreach (MethodInfo benchmark in With<BenchmarkAttribute>(type))
            {
                calls += RunOne(type, benchmark);
            }
        }

        Console.WriteLine($"{calls} calls of benchmarks, all without an exception.");
        return calls > 0 ? 0 : 1;
    }

    private static int RunOne(Type type, MethodInfo benchmark)
    {
        PropertyInfo? parameter = type.GetProperties()
            .SingleOrDefault(property => property.IsDefined(typeof(ParamsAttribute)));
        object?[] values = parameter?.GetCustomAttribute<ParamsAttribute>()!.Values ?? [null];
        foreach (object? value in values)
        {
            object instance = Activator.CreateInstance(type)!;
            parameter?.SetValue(instance, value);
            Call<GlobalSetupAttribute>(type, instance);
            try
            {
                Call<IterationSetupAttribute>(type, instance);
                benchmark.Invoke(instance, null);
                Call<IterationCleanupAttribute>(type, instance);
            }
            finally
            {
                Call<GlobalCleanupAttribute>(type, instance);
            }

            Console.WriteLine($"{type.Name}.{benchmark.Name}({value})");
        }

        return values.Length;
    }

    private static void Call<TAttribute>(Type type, object instance)
        where TAttribute : Attribute
    {
        foreach (MethodInfo method in With<TAttribute>(type))
        {
            method.Invoke(instance, null);
        }
    }

    private static IEnumerable<MethodInfo> With<TAttribute>(Type type)
        where TAttribute : Attribute =>
        type.GetMethods().Where(method => method.IsDefined(typeof(TAttribute)));
}
