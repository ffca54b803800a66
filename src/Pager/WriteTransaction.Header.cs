namespace Quire;

/// <content>What the header says, as the transaction sees it.</content>
public readonly partial struct WriteTransaction
{
    /// <summary>
    /// The number that the transaction will have when it is committed with a change and, unless it
    /// holds the writer lock, nobody commits before.
    /// </summary>
    public TransactionNumber Number => Slot.Look(_turn, 0, static (state, _) => state.BaseNumber.Next);

    /// <summary>
    /// The number that its commit takes; null unless it holds the writer lock, without which others
    /// may commit before.
    /// </summary>
    internal TransactionNumber? CommitNumber => Slot.CommitNumberOf(_turn);

    /// <summary>
    /// Pages of the file, those of the header and the allocation map included. Without the writer
    /// lock this may change from call to call.
    /// </summary>
    public uint PageCount => Slot.Look(_turn, 0, static (state, _) => state.Header.PageCount);

    /// <summary>
    /// How many of them are free. Without the writer lock this may change from call to call.
    /// </summary>
    public uint FreePages => Slot.Look(_turn, 0, static (state, _) => state.Header.FreePages);

    /// <summary>Where the user's data begins; <see cref="PageNumber.None"/> for nowhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    public PageNumber Root
    {
        get => Slot.Look(_turn, 0, static (state, _) => state.ReadRoot());
        set => Slot.Change(_turn, value, static (state, root) => state.SetRoot(root));
    }

    /// <summary>Which version of the custom format the file has. Yours to choose.</summary>
    public uint UserVersion
    {
        get => Slot.Look(_turn, 0, static (state, _) => state.ReadUserVersion());
        set => Slot.Change(_turn, value, static (state, version) => state.SetUserVersion(version));
    }

    /// <summary>Which custom format the file has. Yours to choose.</summary>
    public uint ApplicationId
    {
        get => Slot.Look(_turn, 0, static (state, _) => state.ReadApplicationId());
        set => Slot.Change(_turn, value, static (state, id) => state.SetApplicationId(id));
    }
}
