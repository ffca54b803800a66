using System.Text;
using Quire;
using Quire.Samples.Checkpoints;

string folder = Directory.CreateTempSubdirectory("checkpoints-").FullName;
string path = Path.Combine(folder, "flow.quire");
try
{
    // Two openings of one file share nothing but the file, as two processes do.
    using PageFile one = PageFile.Open(path);
    using PageFile two = PageFile.Open(path);
    CompareSaves(one, two);
    TravelInTime(new CheckpointStore(one));
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static void CompareSaves(PageFile one, PageFile two)
{
    const int saves = 20;
    PageFile[] files = [one, two];
    CheckpointStore[] stores = [.. files.Select(file => new CheckpointStore(file))];
    NaiveCheckpoints[] naive = [.. files.Select(file => new NaiveCheckpoints(file))];
    byte[] state = [1, 2, 3];
    Parallel.For(0, saves, i => stores[i % 2].Save("both", $"step {i}", state));
    Parallel.For(0, saves, i => naive[i % 2].Save("both", $"step {i}", state));
    Parallel.For(0, saves, i => naive[0].Save("one", $"step {i}", state));

    Console.WriteLine($"{saves} concurrent saves to one thread, entries in the index then:");
    Console.WriteLine($"  index list, two openings        {stores[0].Count("both"),3}");
    Console.WriteLine($"  blob and lock, one opening      {naive[0].LoadIndex("one").Length,3}");
    Console.WriteLine($"  blob and lock, two openings     {naive[0].LoadIndex("both").Length,3}");
}

static void TravelInTime(CheckpointStore store)
{
    for (int step = 1; step <= 5; step++)
    {
        store.Save("agent", $"step {step}", Encoding.UTF8.GetBytes($"after step {step}"));
    }

    store.Fork("agent", "step 3", "agent, another try");
    store.Save("agent, another try", "step 4b", Encoding.UTF8.GetBytes("after step 4b"));
    store.Prune("agent", keep: 3);

    Console.WriteLine("Threads, newest checkpoint first:");
    foreach (IndexListInfo thread in store.Threads("agent"))
    {
        IEnumerable<string> ids = store.List(thread.Name).Select(entry => entry.Id);
        Console.WriteLine($"  {thread.Name,-20} {string.Join(", ", ids)}");
    }

    (string id, byte[] state) = store.Latest("agent, another try")!.Value;
    Console.WriteLine($"The newest of the fork is {id}: \"{Encoding.UTF8.GetString(state)}\".");
}
