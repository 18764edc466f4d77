using System.Collections.Concurrent;
using Vigil.Media.WebRtc;
using Vigil.Server.Accounts;
using Vigil.Server.Devices;

namespace Vigil.Server.Live;

/// <summary>Who speaks into which room: one person at a time, whom the room's devices and the other parents know by name.</summary>
internal sealed class Talks(WebRtcSessions webRtc, RoomPhones phones, RoomPlayback playback, TimeProvider time)
{
    /// <summary>The page stops after a minute; this is for pages that do not.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(65);

    private readonly ConcurrentDictionary<int, Room> rooms = new();

    /// <summary>Answers the offer of a person who wants to speak. <paramref name="other"/> is who has the word already; then there is no answer.</summary>
    public WebRtcResult? Speak(int cameraId, CurrentMember member, Func<TalkLine, Action<string>, WebRtcResult> answer, out string other)
    {
        var speaker = new Speaker(member.AccountId, Watchers.NameOf(member));
        var room = RoomOf(cameraId);
        string? before;
        lock (room.Gate)
        {
            if (room.Speaker is { } busy && busy.AccountId != member.AccountId)
            {
                other = busy.Name;
                return null;
            }

            before = room.Speaker?.Session;
            room.Speaker = speaker;
        }

        // Not under the lock: ending a session calls back.
        other = "";
        if (before is not null)
        {
            webRtc.End(before); // The same person again, whose first call got lost.
        }

        WebRtcResult? result = null;
        try
        {
            result = answer(room.Line, _ => Over(cameraId, room, speaker));
        }
        finally
        {
            if (result is not { Refusal: WebRtcRefusal.None })
            {
                Over(cameraId, room, speaker); // Whatever went wrong, nobody holds the word who does not speak.
            }
        }

        if (result.Refusal != WebRtcRefusal.None)
        {
            return result;
        }

        lock (room.Gate)
        {
            speaker.Session = result.SessionId;
            if (room.Speaker == speaker)
            {
                Announce(cameraId, speaker.Name);
            }
        }

        return result;
    }

    /// <summary>Answers the offer of a room's device. Its newest session counts: the one before is of the same page before it lost its network.</summary>
    public WebRtcResult Listen(CurrentDevice device, Func<TalkLine, WebRtcResult> answer)
    {
        var room = RoomOf(device.CameraId);
        var result = answer(room.Line);
        if (result.Refusal == WebRtcRefusal.None)
        {
            string? older = null;
            room.Listeners.AddOrUpdate(device.KeyId, result.SessionId, (_, session) =>
            {
                older = session;
                return result.SessionId;
            });
            if (older is not null)
            {
                webRtc.End(older);
            }
        }

        return result;
    }

    /// <summary>A device that has just come learns who speaks.</summary>
    public void Tell(RoomConnection phone)
    {
        if (playback.Of(phone.CameraId).Talker is { } name)
        {
            phone.Say(new { type = "talk", active = true, by = name });
        }
    }

    /// <summary>Forgets rooms where nobody speaks or listens any more.</summary>
    public void Sweep()
    {
        foreach (var (cameraId, room) in rooms)
        {
            foreach (var gone in room.Listeners.Where(listener => !webRtc.Exists(listener.Value)))
            {
                room.Listeners.TryRemove(gone);
            }

            lock (room.Gate)
            {
                if (room.Speaker is null && room.Listeners.IsEmpty && time.GetElapsedTime(room.UsedAt) > Longest)
                {
                    rooms.TryRemove(cameraId, out _);
                }
            }
        }
    }

    private Room RoomOf(int cameraId)
    {
        var room = rooms.GetOrAdd(cameraId, _ => new Room { Line = new TalkLine(time) });
        room.UsedAt = time.GetTimestamp();
        return room;
    }

    private void Over(int cameraId, Room room, Speaker speaker)
    {
        lock (room.Gate)
        {
            if (room.Speaker == speaker)
            {
                room.Speaker = null;
                Announce(cameraId, null);
            }
        }
    }

    /// <summary>Under the room's lock, so that the order is right. Nothing here waits.</summary>
    private void Announce(int cameraId, string? name)
    {
        if (playback.Of(cameraId).Talker != name)
        {
            playback.Speaks(cameraId, name);
            phones.Tell(cameraId, new { type = "talk", active = name is not null, by = name });
        }
    }

    private sealed class Room
    {
        public Lock Gate { get; } = new();

        public required TalkLine Line { get; init; }

        /// <summary>Sessions by device key.</summary>
        public ConcurrentDictionary<long, string> Listeners { get; } = new();

        public Speaker? Speaker { get; set; }

        public long UsedAt { get; set; }
    }

    private sealed class Speaker(long accountId, string name)
    {
        public long AccountId => accountId;

        public string Name => name;

        public string? Session { get; set; }
    }
}
