using System.Net;
using System.Security.Cryptography;
using System.Text;
using Vigil.Protocols.Stun;

namespace Vigil.Protocols.Ice;

/// <summary>A username fragment and its password (RFC 8445 §5.3). The password is a secret: never log it.</summary>
public sealed record IceCredentials(string UsernameFragment, string Password)
{
    /// <summary>Characters of a fragment of ours.</summary>
    public const int FragmentLength = 8;

    // RFC 8445 §5.3: at least 24 and 128 bits of randomness, from ice-char.
    private const string IceChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    public static IceCredentials Create() => new(RandomNumberGenerator.GetString(IceChars, FragmentLength), RandomNumberGenerator.GetString(IceChars, 24));

    public override string ToString() => UsernameFragment;
}

/// <summary>What a STUN message meant for the session.</summary>
public enum IceVerdict
{
    /// <summary>Not ours, unsigned or forged: say nothing.</summary>
    Ignored,

    /// <summary>A reply was written; the path stays as it was.</summary>
    Answered,

    /// <summary>A reply was written, and <see cref="IceLiteAgent.Remote"/> is new or has moved.</summary>
    Selected,
}

/// <summary>
/// The lite side of ICE (RFC 8445 §2.5): never asks, answers every signed check, and sends media to where the controlling peer
/// nominated last, so that a phone which walks from Wi-Fi to mobile data keeps its session. Consent is what the peer's checks
/// give (RFC 7675). Does no I/O; time is an argument.
/// </summary>
public sealed class IceLiteAgent
{
    /// <summary>RFC 7675 §5.1: consent expires 30 s after the last check that was answered.</summary>
    public static readonly TimeSpan ConsentLifetime = TimeSpan.FromSeconds(30);

    private readonly byte[] key;
    private readonly byte[] expectedUsername;
    private TimeSpan lastCheck;

    /// <param name="local">Ours, as sent in the answer.</param>
    /// <param name="remoteUsernameFragment">The peer's, as read from its offer.</param>
    /// <param name="now">Since the session began; the peer has <see cref="ConsentLifetime"/> to show itself.</param>
    public IceLiteAgent(IceCredentials local, string remoteUsernameFragment, TimeSpan now)
    {
        Local = local;
        key = Encoding.UTF8.GetBytes(local.Password);
        expectedUsername = Encoding.UTF8.GetBytes($"{local.UsernameFragment}:{remoteUsernameFragment}");
        lastCheck = now;
    }

    public IceCredentials Local { get; }

    /// <summary>Where media goes; null until the peer has nominated a path.</summary>
    public IPEndPoint? Remote { get; private set; }

    /// <summary>When consent is gone if nothing more comes.</summary>
    public TimeSpan Deadline => lastCheck + ConsentLifetime;

    public bool IsDead(TimeSpan now) => now >= Deadline;

    /// <summary>
    /// Something else came that only the peer can have made (media under its keys). Some encoders send no checks once they are
    /// connected (libnice without consent freshness); their pictures are consent enough.
    /// </summary>
    public void Heard(TimeSpan now) => lastCheck = now;

    /// <summary>Is this a check of our peer, signed with our password? Allocates nothing, so that a flood costs no memory.</summary>
    public bool IsFromPeer(StunMessage message) =>
        message.Type == StunType.BindingRequest
        && message.TryGet(StunAttribute.Username, out var username)
        && username.SequenceEqual(expectedUsername)
        && message.IsSignedWith(key);

    /// <summary>The local username fragment a request is addressed to; empty when it has none. For finding the session on a shared port.</summary>
    public static ReadOnlySpan<byte> AddressedTo(StunMessage message) =>
        message.TryGet(StunAttribute.Username, out var name) && name.IndexOf((byte)':') is > 0 and var colon ? name[..colon] : default;

    /// <summary>Handles one message; a reply of <paramref name="replyLength"/> bytes (0 = none) goes back to <paramref name="from"/>.</summary>
    /// <param name="message">Parsed from the datagram.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="now">Since the session began.</param>
    /// <param name="reply">At least 512 bytes.</param>
    /// <param name="replyLength">Bytes of <paramref name="reply"/> to send.</param>
    public IceVerdict Receive(StunMessage message, IPEndPoint from, TimeSpan now, Span<byte> reply, out int replyLength)
    {
        replyLength = 0;
        if (!IsFromPeer(message))
        {
            return IceVerdict.Ignored;
        }

        if (message.TryGet(StunAttribute.IceControlled, out _))
        {
            // RFC 8445 §7.3.1.1: a lite agent is always controlled; the peer shall switch.
            var conflict = new StunWriter(reply, StunType.BindingError, message.TransactionId);
            conflict.AddError(487, "Role Conflict");
            replyLength = Finish(ref conflict);
            return IceVerdict.Answered;
        }

        lastCheck = now;
        var success = new StunWriter(reply, StunType.BindingSuccess, message.TransactionId);
        success.AddXorMappedAddress(from);
        replyLength = Finish(ref success);
        if (!message.TryGet(StunAttribute.UseCandidate, out _) || from.Equals(Remote))
        {
            return IceVerdict.Answered;
        }

        Remote = from;
        return IceVerdict.Selected;
    }

    private int Finish(ref StunWriter writer)
    {
        writer.Sign(key);
        writer.AddFingerprint();
        return writer.Written.Length;
    }
}
