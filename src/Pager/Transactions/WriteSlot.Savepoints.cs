namespace Quire.Pager;

/// <content>Savepoints.</content>
internal sealed partial class WriteSlot
{
    /// <summary>Makes a point to which the transaction can go back.</summary>
    /// <exception cref="InvalidOperationException">An earlier call failed half-way.</exception>
    public Savepoint CreateSavepoint(long turn)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            var savepoint = new Savepoint(this, turn);
            if (_state is ChangingState state)
            {
                ThrowIfHalfChanged(state);
                savepoint.Memory = state.Mark();
            }

            _savepoints.Add(savepoint);
            return savepoint;
        }
    }

    public void RollBackTo(long turn, Savepoint savepoint)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            GoBack(PlaceOf(savepoint));
        }
    }

    public void Release(long turn, Savepoint savepoint)
    {
        lock (_call)
        {
            ThrowIfEnded(turn);
            ReleaseSavepointsFrom(PlaceOf(savepoint));
        }
    }

    public void Abandon(long turn, Savepoint savepoint)
    {
        lock (_call)
        {
            int index = IndexOf(savepoint);
            if (turn == _turn && !_isEnded && index >= 0 && !_engine.IsClosing)
            {
                GoBack(index);
                ReleaseSavepointsFrom(index);
            }
        }
    }

    private int IndexOf(Savepoint savepoint) => _savepoints.IndexOf(savepoint);

    private int PlaceOf(Savepoint savepoint)
    {
        int index = IndexOf(savepoint);
        ObjectDisposedException.ThrowIf(index < 0, savepoint);
        return index;
    }

    private void GoBack(int index)
    {
        Rollbacks++;
        if (_savepoints[index].Memory is { } memory)
        {
            ((ChangingState)_state!).RollBackTo(index, memory);
        }

        _savepoints.RemoveRange(index + 1, _savepoints.Count - index - 1);
    }

    private void ReleaseSavepointsFrom(int index)
    {
        if (_state is ChangingState state && index < _savepoints.Count)
        {
            state.Staged.Release(index);
        }

        _savepoints.RemoveRange(index, _savepoints.Count - index);
    }
}
