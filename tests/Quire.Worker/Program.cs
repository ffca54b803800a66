using Quire.Worker.Roles;

// A real child process for the tests: `Quire.Worker ROLE ARGS...`. Each role is one file under
// Roles/; it talks in lines over standard input and output and returns the exit code.
var roles = new Dictionary<string, Func<string[], int>>
{
    ["lock-client"] = LockClientRole.Run,
    ["locks-selfcheck"] = LocksSelfCheckRole.Run,
    ["idle"] = IdleRole.Run,
    ["page-client"] = PageClientRole.Run,
    ["counter"] = CounterRole.Run,
    ["checker"] = CheckerRole.Run,
    ["witness"] = WitnessRole.Run,
    ["naive-disk"] = NaiveDiskRole.Run,
    ["disk-program"] = DiskProgramRole.Run,
    ["transfer"] = TransferRole.Run,
    ["counter-client"] = CounterClientRole.Run,
    ["checkpoint-client"] = CheckpointClientRole.Run,
    ["kv"] = KeyValueRole.Run,
    ["kv-stress"] = KeyValueStressRole.Run,
    ["commit-waiter"] = CommitWaiterRole.Run,
    ["store-writer"] = StoreWriterRole.Run,
    ["queue-listener"] = QueueListenerRole.Run,
    ["big-file"] = BigFileRole.Run,
    ["mapped-read"] = MappedReadRole.Run,
};

if (args.Length > 0 && roles.TryGetValue(args[0], out Func<string[], int>? role))
{
    return role(args[1..]);
}

Console.Error.WriteLine($"usage: Quire.Worker {string.Join('|', roles.Keys)} ARGS...");
return 2;
