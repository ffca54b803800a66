using Quire.Pager;

namespace Quire;

/// <content>Savepoints.</content>
public sealed partial class WriteTransaction
{
    /// <summary>Makes a point to which the transaction can go back.</summary>
    /// <exception cref="InvalidOperationException">An earlier call failed half-way.</exception>
    public Savepoint CreateSavepoint()
    {
        lock (_call)
        {
            ThrowIfEnded();
            var savepoint = new Savepoint(this);
            if (_state is ChangingState state)
            {
                ThrowIfHalfChanged(state);
                savepoint.Memory = state.Mark();
            }

            _savepoints.Add(savepoint);
            return savepoint;
        }
    }

    internal void RollBackTo(Savepoint savepoint)
    {
        lock (_call)
        {
            ThrowIfEnded();
            int index = IndexOf(savepoint);
            ObjectDisposedException.ThrowIf(index < 0, savepoint);
            GoBack(index);
        }
    }

    internal void Release(Savepoint savepoint)
    {
        lock (_call)
        {
            ThrowIfEnded();
            int index = IndexOf(savepoint);
            ObjectDisposedException.ThrowIf(index < 0, savepoint);
            ReleaseSavepointsFrom(index);
        }
    }

    internal void Abandon(Savepoint savepoint)
    {
        lock (_call)
        {
            int index = IndexOf(savepoint);
            if (!_isEnded && index >= 0 && !_engine.IsClosing)
            {
                GoBack(index);
                ReleaseSavepointsFrom(index);
            }
        }
    }

    private int IndexOf(Savepoint savepoint) => _savepoints.IndexOf(savepoint);

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
