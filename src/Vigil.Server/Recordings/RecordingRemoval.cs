using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>Deletes a recording, and the footage that nothing else refers to.</summary>
public sealed class RecordingRemoval(RecordingBook book, SegmentTable table, Recorder recorder, TimeProvider time)
{
    /// <summary>False when it was gone already.</summary>
    public async Task<bool> RemoveAsync(Recording recording, CancellationToken cancel)
    {
        book.Stop(recording.Id);
        var until = recording.Until(time.GetUtcNow());
        if (!await book.DeleteAsync(recording.HouseholdId, recording.Id, cancel))
        {
            return false;
        }

        var free = await table.UnclaimedAsync(recording, until, cancel);
        await recorder.DeleteAsync(free, cancel);
        return true;
    }
}
