using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

public sealed class MediaSignatureTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vigil-signature-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void It_opens_its_own_scope_for_its_own_session_and_nothing_else()
    {
        var signatures = new MediaSignature(new VigilPaths(_directory));
        var session = Guid.NewGuid();
        var text = signatures.Sign(session, 42, "cameras/7");

        signatures.TryRead(text, "cameras/7", out var uid, out var household).ShouldBeTrue();
        (uid, household).ShouldBe((session, 42));
        signatures.TryRead(text, "cameras/8", out _, out _).ShouldBeFalse();
        new MediaSignature(new VigilPaths(_directory)).TryRead(text, "cameras/7", out _, out _).ShouldBeTrue("a restart keeps the key");
        for (var at = 0; at < text.Length; at++)
        {
            signatures.TryRead(text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..], "cameras/7", out _, out _).ShouldBeFalse($"position {at}");
            signatures.TryRead(text[..at], "cameras/7", out _, out _).ShouldBeFalse($"cut at {at}");
        }
    }
}
