namespace Quire.Collections;

/// <summary>Puts a message into the queue.</summary>
/// <param name="message">The message.</param>
/// <param name="delay">How long after the operation it is due.</param>
/// <param name="ordinal">Its place in the operation, which tells it from the others there.</param>
internal sealed class EnqueueMutation(QueueRecord message, TimeSpan delay, ushort ordinal)
    : StoreMutation
{
    public override int SizeBytes => message.SizeBytes;

    public override ulong? Apply(StoreSession session)
    {
        new QueueLedger(session.Write, session.Name)
            .Add(new ExpiryKey(session.DueIn(delay), session.Stamp, ordinal), message);
        session.MarkChanged();
        return null;
    }
}
