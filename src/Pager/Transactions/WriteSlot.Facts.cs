namespace Quire.Pager;

/// <content>What the engine and the collections ask a handle; also one that has ended.</content>
internal sealed partial class WriteSlot
{
    /// <summary>
    /// How often the present transaction has gone back to a savepoint.
    /// </summary>
    public int Rollbacks { get; private set; }

    public TransactionMode ModeOf(long turn)
    {
        lock (_call)
        {
            ThrowIfOver(turn);
            return _mode;
        }
    }

    public int AttemptOf(long turn)
    {
        lock (_call)
        {
            ThrowIfOver(turn);
            return _attempt;
        }
    }

    public object? CompanionOf(long turn)
    {
        lock (_call)
        {
            return turn == _turn ? _companion : null;
        }
    }

    public void SetCompanion(long turn, object? companion)
    {
        lock (_call)
        {
            _companion = turn == _turn ? companion : _companion;
        }
    }

    public QuireException? OutOfDateOf(long turn)
    {
        lock (_call)
        {
            return turn == _turn ? _outOfDate : null;
        }
    }

    public bool HasEnded(long turn)
    {
        lock (_call)
        {
            return turn != _turn || _isEnded;
        }
    }

    /// <summary>The number that its commit takes; null unless it is the writer.</summary>
    public TransactionNumber? CommitNumberOf(long turn)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            return _state is WritingState writer ? writer.BaseNumber.Next : null;
        }
    }

    /// <summary>Less: after a commit, until it is disposed, there is something to ask.</summary>
    private void ThrowIfOver(long turn) =>
        ObjectDisposedException.ThrowIf(turn != _turn, typeof(WriteTransaction));
}
