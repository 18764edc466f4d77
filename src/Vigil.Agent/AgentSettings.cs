namespace Vigil.Agent;

/// <summary>What somebody set, in a file of <c>name = value</c> lines or as environment variables <c>VIGIL_AGENT_NAME</c>, which go before the file.</summary>
internal sealed record AgentSettings
{
    /// <summary>The names, each with what it means: shown by <c>--help</c>, and all others are refused.</summary>
    public static readonly IReadOnlyList<(string Name, string Meaning)> Known =
    [
        ("server", "address of Vigil, for example https://192.168.1.10:8443 (needed)"),
        ("source", "the camera: v4l2:/dev/video0?audio=default&size=1280x720&rate=25, rtsp://…, or test:name (needed)"),
        ("username", "of an rtsp or http camera"),
        ("password", "of an rtsp or http camera"),
        ("audio", "another address for the sound"),
        ("name", "what the camera is called when it is paired; the machine's name when absent"),
        ("secret", "a secret that a parent has made for this device; else it makes its own"),
        ("ca", "a PEM file with the certificate authority of your Vigil (from its page /trust)"),
        ("state", "file that keeps who this device is; /var/lib/vigil-agent/state.json when absent"),
        ("ffmpeg", "the program; ffmpeg when absent"),
    ];

    public required Uri Server { get; init; }

    /// <summary>Null when only sockets are wanted (<c>--fake</c>).</summary>
    public Uri? Source { get; init; }

    public Uri? Audio { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    public required string Name { get; init; }

    public string? Secret { get; init; }

    public string? Authority { get; init; }

    public required string State { get; init; }

    public required string Ffmpeg { get; init; }

    /// <summary>Never a secret: this lands in logs.</summary>
    public override string ToString() => $"agent of {Server}";

    /// <summary>Reads both; <paramref name="error"/> says in words what is wrong when the result is null.</summary>
    /// <param name="file">The lines of the file.</param>
    /// <param name="environment">A variable by its name.</param>
    /// <param name="needsSource">Something is to be published.</param>
    /// <param name="error">Empty when all is well.</param>
    public static AgentSettings? Read(IEnumerable<string> file, Func<string, string?> environment, bool needsSource, out string error)
    {
        error = "";
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in file.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? line : line[..equals].Trim();
            if (equals < 0 || Known.All(known => !known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                error = $"There is no setting '{name}'; --help lists them.";
                return null;
            }

            values[name] = line[(equals + 1)..].Trim();
        }

        foreach (var (name, _) in Known)
        {
            if (environment("VIGIL_AGENT_" + name.ToUpperInvariant()) is { Length: > 0 } given)
            {
                values[name] = given;
            }
        }

        if (!Uri.TryCreate(Value("server"), UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https") || server.UserInfo.Length > 0)
        {
            error = "Set 'server' to the address of your Vigil, for example https://192.168.1.10:8443.";
            return null;
        }

        var source = ReadSource("source", Value("source"), ref error);
        if (error.Length == 0 && source is null && needsSource)
        {
            error = "Set 'source' to the camera: v4l2:/dev/video0, an rtsp:// address, or test:name.";
        }

        var audio = ReadSource("audio", Value("audio"), ref error);
        return error.Length > 0 ? null : new AgentSettings
        {
            Server = server,
            Source = source,
            Audio = audio,
            Username = Value("username"),
            Password = Value("password"),
            Name = Value("name") ?? Environment.MachineName,
            Secret = Value("secret"),
            Authority = Value("ca"),
            State = Value("state") ?? "/var/lib/vigil-agent/state.json",
            Ffmpeg = Value("ffmpeg") ?? "ffmpeg",
        };

        string? Value(string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    private static Uri? ReadSource(string name, string? text, ref string error)
    {
        if (text is null)
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("v4l2" or "rtsp" or "rtsps" or "http" or "https" or "test"))
        {
            error = $"'{name}' is no address of a camera: v4l2:/dev/video0, rtsp://…, http://… or test:name.";
            return null;
        }

        if (address.UserInfo.Length > 0)
        {
            error = $"Leave user name and password out of '{name}': they are settings of their own.";
            return null;
        }

        return address;
    }
}
