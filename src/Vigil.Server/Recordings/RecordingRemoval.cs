using Vigil.Media.Recording;

namespace Vigil.Server.Recordings;

/// <summary>Deletes a recording, and the footage that nothing else refers to.</summary>
public sealed class RecordingRemoval(RecordingBook book, SegmentIndex index, SegmentTable table, Recorder recorder, TimeProvider time)
{
    /// <summary>For the last segment to be closed and indexed: both are a matter of a second or two.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    /// <summary>False when it was gone already.</summary>
    public async Task<bool> RemoveAsync(Recording recording, CancellationToken cancel)
    {
        book.Stop(recording.Id);
        var until = recording.Until(time.GetUtcNow());
        if (!await book.DeleteAsync(recording.HouseholdId, recording.Id, cancel))
        {
            return false;
        }

        // Forgotten, it is held no more. Nobody who leaves the page now leaves footage behind that nothing refers to.
        await WaitForLastSegmentAsync(recording, until);
        var free = await table.UnclaimedAsync(recording, until, CancellationToken.None);
        await recorder.DeleteAsync(free, CancellationToken.None);
        return true;
    }

    /// <summary>What another recording, or the event itself, still holds is not ours to wait for.</summary>
    private async Task WaitForLastSegmentAsync(Recording recording, DateTimeOffset until)
    {
        if (recording is { Kind: RecordingKind.Alert, IsRunning: true })
        {
            return;
        }

        var began = time.GetTimestamp();
        while (!index.IsSettled(recording.CameraId, recording.From, until) && book.Current(recording.CameraId).Count == 0
            && time.GetElapsedTime(began) < Patience)
        {
            await Task.Delay(Turn, time);
        }
    }
}
