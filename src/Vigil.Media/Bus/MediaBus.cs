using Vigil.Protocols.Codecs;

namespace Vigil.Media.Bus;

/// <summary>
/// The joint between one stream of one camera and everybody who wants it. <see cref="Publish"/> never waits: each subscriber has
/// its own bounded queue, and a slow one loses frames up to the next key frame without touching anybody else.
/// Keeps the current group of pictures (with the sound that belongs to it), so that a new viewer sees a picture at once.
/// </summary>
public sealed class MediaBus
{
    /// <summary>A camera without key frames must not fill the memory: 20 s of 4 Mbit/s, or a minute of frames.</summary>
    private const int GroupByteLimit = 10 * 1024 * 1024;
    private const int GroupFrameLimit = 4096;

    private readonly Lock gate = new();
    private readonly List<MediaFrame> group = [];
    private Subscription[] subscriptions = [];
    private long groupBytes;
    private bool groupOverflowed;
    private TrackFormat? video;
    private TrackFormat? audio;
    private bool makesKeyFrames;
    private int keyFrameAsked;

    /// <summary>The newest formats seen; null while a track has not shown itself.</summary>
    public TrackFormat? Video => Volatile.Read(ref video);

    public TrackFormat? Audio => Volatile.Read(ref audio);

    public int SubscriberCount => Volatile.Read(ref subscriptions).Length;

    /// <summary>Whether the source makes a key frame when it is asked: encoders that publish do, cameras that are read do not.</summary>
    public bool MakesKeyFrames
    {
        get => Volatile.Read(ref makesKeyFrames);
        internal set => Volatile.Write(ref makesKeyFrames, value);
    }

    /// <summary>Called after somebody came or left, outside the lock: a stream that is pulled only while watched starts by it.</summary>
    internal Action? SubscribersChanged { get; init; }

    /// <summary>Hands <paramref name="frame"/> to every subscriber. Frames of one bus are published by one task at a time.</summary>
    public void Publish(MediaFrame frame)
    {
        lock (gate)
        {
            Remember(frame);
            foreach (var subscription in subscriptions)
            {
                subscription.Offer(frame);
            }
        }
    }

    /// <summary>
    /// Starts listening. With <see cref="SubscriptionOptions.FromGroupStart"/> the queue begins with the cached group of pictures;
    /// else video begins with the next key frame. Dispose the subscription to leave.
    /// </summary>
    public Subscription Subscribe(SubscriptionOptions options)
    {
        var subscription = new Subscription(this, options);
        lock (gate)
        {
            if (options.FromGroupStart && !groupOverflowed)
            {
                foreach (var frame in group)
                {
                    subscription.Admit(frame);
                }
            }

            subscriptions = [.. subscriptions, subscription];
        }

        SubscribersChanged?.Invoke();
        return subscription;
    }

    /// <summary>Announces formats known before the first frame (from SDP), so that a player can prepare.</summary>
    public void Announce(TrackFormat format)
    {
        lock (gate)
        {
            SetFormat(format);
        }
    }

    /// <summary>Forgets the cached group, so that nobody is shown an old picture as new. Called when ingest ends.</summary>
    public void ClearGroup()
    {
        lock (gate)
        {
            group.Clear();
            groupBytes = 0;
        }
    }

    /// <summary>A key frame would help somebody. The source looks for it when its next packet comes, and minds its own limits.</summary>
    public void AskForKeyFrame() => Interlocked.Exchange(ref keyFrameAsked, 1);

    /// <summary>Whether somebody asked since the last call.</summary>
    internal bool TakeKeyFrameRequest() => Volatile.Read(ref keyFrameAsked) != 0 && Interlocked.Exchange(ref keyFrameAsked, 0) != 0;

    internal void Remove(Subscription subscription)
    {
        lock (gate)
        {
            subscriptions = [.. subscriptions.Where(s => s != subscription)];
        }

        SubscribersChanged?.Invoke();
    }

    private void Remember(MediaFrame frame)
    {
        SetFormat(frame.Format);
        if (frame.Kind == TrackKind.Video && frame.IsKeyFrame)
        {
            group.Clear();
            groupBytes = 0;
            groupOverflowed = false;
        }
        else if (group.Count == 0 && video is not null)
        {
            return; // Sound before the first key frame would start a player without a picture.
        }

        if (video is null)
        {
            return; // A sound-only camera needs no group.
        }

        group.Add(frame);
        groupBytes += frame.Payload.Length;
        if (groupBytes > GroupByteLimit || group.Count > GroupFrameLimit)
        {
            group.Clear();
            groupBytes = 0;
            groupOverflowed = true;
        }
    }

    private void SetFormat(TrackFormat format)
    {
        ref var slot = ref format.Kind == TrackKind.Video ? ref video : ref audio;
        if (!ReferenceEquals(slot, format))
        {
            Volatile.Write(ref slot, format);
        }
    }
}
