using Quire.Pager;

namespace Quire;

/// <content>What the header says, as the transaction sees it.</content>
public sealed partial class WriteTransaction
{
    /// <summary>
    /// The number that the transaction will have when it is committed with a change and, unless it
    /// holds the writer lock, nobody commits before.
    /// </summary>
    public TransactionNumber Number
    {
        get
        {
            lock (_call)
            {
                return Reading().BaseNumber.Next;
            }
        }
    }

    /// <summary>
    /// The number that its commit takes; null unless it holds the writer lock, without which others
    /// may commit before.
    /// </summary>
    internal TransactionNumber? CommitNumber
    {
        get
        {
            lock (_call)
            {
                ThrowIfEnded();
                return _state is WritingState writer ? writer.BaseNumber.Next : null;
            }
        }
    }

    /// <summary>
    /// Pages of the file, those of the header and the allocation map included. Without the writer
    /// lock this may change from call to call.
    /// </summary>
    public uint PageCount
    {
        get
        {
            lock (_call)
            {
                return Reading().Header.PageCount;
            }
        }
    }

    /// <summary>
    /// How many of them are free. Without the writer lock this may change from call to call.
    /// </summary>
    public uint FreePages
    {
        get
        {
            lock (_call)
            {
                return Reading().Header.FreePages;
            }
        }
    }

    /// <summary>Where the user's data begins; <see cref="PageNumber.None"/> for nowhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// No page of the user's has this number.
    /// </exception>
    public PageNumber Root
    {
        get
        {
            lock (_call)
            {
                return Reading().ReadRoot();
            }
        }
        set => Change(value, static (state, root) => state.SetRoot(root));
    }

    /// <summary>Which version of the custom format the file has. Yours to choose.</summary>
    public uint UserVersion
    {
        get
        {
            lock (_call)
            {
                return Reading().ReadUserVersion();
            }
        }
        set => Change(value, static (state, version) => state.SetUserVersion(version));
    }

    /// <summary>Which custom format the file has. Yours to choose.</summary>
    public uint ApplicationId
    {
        get
        {
            lock (_call)
            {
                return Reading().ReadApplicationId();
            }
        }
        set => Change(value, static (state, id) => state.SetApplicationId(id));
    }
}
