using Vigil.Server.Devices.Redis;

namespace Vigil.Server.Live.Signaling;

/// <summary>
/// The commands that change entries in Redis. Scripts, because Redis runs each undivided: the order in which a device's servers write it down is the order in
/// which all hear of it, and nobody takes away what somebody else has written since.
/// </summary>
internal static class NodeScripts
{
    private const string WhoHasIt =
        """
        local entry = redis.call('hget', KEYS[1], ARGV[1])
        local read, value = pcall(cjson.decode, entry or '{}')
        local node = read and type(value) == 'table' and value.node or nil

        """;

    /// <summary>KEYS: online, presence. ARGV: device_id, node, entry, status, life in ms, channel, message, 1 when it is new.</summary>
    private const string WriteScript = WhoHasIt +
        """
        if node and node ~= ARGV[2] and ARGV[8] ~= '1' then return 0 end
        redis.call('hset', KEYS[1], ARGV[1], ARGV[3])
        redis.call('pexpire', KEYS[1], ARGV[5])
        redis.call('hset', KEYS[2], 'status', ARGV[4])
        redis.call('pexpire', KEYS[2], ARGV[5])
        if node ~= ARGV[2] or ARGV[8] == '1' then redis.call('publish', ARGV[6], ARGV[7]) end
        return 1
        """;

    /// <summary>KEYS: online, presence. ARGV: device_id, node, channel, message.</summary>
    private const string RemoveScript = WhoHasIt +
        """
        if node ~= ARGV[2] then return 0 end
        redis.call('hdel', KEYS[1], ARGV[1])
        redis.call('del', KEYS[2])
        redis.call('publish', ARGV[3], ARGV[4])
        return 1
        """;

    /// <summary>KEYS: session. ARGV: entry, life in ms.</summary>
    private const string SessionScript = "redis.call('hset', KEYS[1], 'data', ARGV[1]) return redis.call('pexpire', KEYS[1], ARGV[2])";

    private static long LifeMs => (long)SignalNodes.EntryLife.TotalMilliseconds;

    /// <summary>Writes a device down, unless it is only renewed and another server has it now.</summary>
    public static RespWord[] Write(string deviceId, string node, byte[] entry, string status, NodeMessage came, bool isNew) =>
    [
        "EVAL", WriteScript, "2", SignalNodes.OnlineKey, SignalNodes.PresenceKey(deviceId), deviceId, node, entry, status, LifeMs, SignalNodes.Everybody,
        came.ToBytes(), isNew ? "1" : "0",
    ];

    /// <summary>Takes a device out, if this server still has it.</summary>
    public static RespWord[] Remove(string deviceId, long device, string node) =>
    [
        "EVAL", RemoveScript, "2", SignalNodes.OnlineKey, SignalNodes.PresenceKey(deviceId), deviceId, node, SignalNodes.Everybody,
        new NodeMessage { Kind = NodeMessageKind.Left, From = node, Device = device, Name = deviceId }.ToBytes(),
    ];

    public static RespWord[] WriteSession(Guid session, byte[] entry) => ["EVAL", SessionScript, "1", SignalNodes.SessionKey(session), entry, LifeMs];
}
