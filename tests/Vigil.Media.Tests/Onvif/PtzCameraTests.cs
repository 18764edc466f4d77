using System.Text;
using Vigil.Media.Onvif;
using Vigil.Media.Tests.Ingest;
using Vigil.Testing.FakeOnvif;

namespace Vigil.Media.Tests.Onvif;

public sealed class PtzCameraTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static PtzCamera Open(TestEngine engine, FakeOnvif device, string? user = null, string? password = null) => engine.Engine.OpenPtz(new CameraSource
    {
        CameraId = 1,
        Address = new Uri($"http://127.0.0.1:{device.Port}/video"),
        Username = user,
        Password = password,
    });

    [Fact]
    public async Task A_camera_with_a_password_and_a_wrong_clock_is_moved_stopped_and_turned_to_a_place()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif { Credentials = ("ana", "geheim & süß"), ClockAhead = TimeSpan.FromDays(-900) };
        using var camera = Open(engine, device, "ana", "geheim & süß");

        (await camera.FindAsync(Cancel)).ShouldBe(new PtzResult(PtzOutcome.Done, ""));
        (await camera.PlacesAsync(Cancel)).ShouldBe([new PtzPlace("door", "The door & the cot"), new PtzPlace("2", "2")]);
        (await camera.MoveAsync(-0.5f, 1, 0, Limit, Cancel)).Outcome.ShouldBe(PtzOutcome.Done);
        (await camera.StopAsync(Cancel)).Outcome.ShouldBe(PtzOutcome.Done);
        (await camera.GoAsync("door", Cancel)).Outcome.ShouldBe(PtzOutcome.Done);

        (await device.Commands.ReadAsync(Cancel)).ShouldBe("ContinuousMove main x=-0.5 y=1 z=");
        (await device.Commands.ReadAsync(Cancel)).ShouldBe("Stop main");
        (await device.Commands.ReadAsync(Cancel)).ShouldBe("GotoPreset main door");
        device.Paths.ShouldContain("/onvif/ptz?a=1");
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_never_sent()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif { Credentials = ("ana", "right") };
        using var camera = Open(engine, device, "ana", "wrong");

        (await camera.FindAsync(Cancel)).Outcome.ShouldBe(PtzOutcome.WrongPassword);
    }

    [Fact]
    public async Task A_camera_that_stands_still_is_no_camera_to_move()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif { CanMove = false };
        using var camera = Open(engine, device);

        (await camera.FindAsync(Cancel)).Outcome.ShouldBe(PtzOutcome.CannotMove);
        (await camera.MoveAsync(1, 0, 0, Limit, Cancel)).Outcome.ShouldBe(PtzOutcome.CannotMove);
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("192.0.2.1:8080")]
    [InlineData("evil.example")]
    public async Task Services_at_another_host_are_asked_at_the_camera_itself(string host)
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif { NamedHost = host };
        using var camera = Open(engine, device);

        (await camera.MoveAsync(1, 0, 0, Limit, Cancel)).Outcome.ShouldBe(PtzOutcome.Done);
        (await device.Commands.ReadAsync(Cancel)).ShouldBe("ContinuousMove main x=1 y=0 z=");
        device.Paths.ShouldContain("/onvif/media");
    }

    [Fact]
    public void Only_the_path_of_a_named_address_counts()
    {
        var device = new Uri("http://10.0.0.9:2020/onvif/device_service");
        PtzCamera.AtCamera(device, "http://10.0.0.9:81/x?y=1").AbsoluteUri.ShouldBe("http://10.0.0.9:81/x?y=1");
        PtzCamera.AtCamera(device, "http://u:p@169.254.169.254//evil.example/x").AbsoluteUri.ShouldBe("http://10.0.0.9:2020//evil.example/x");
        PtzCamera.AtCamera(device, "//evil.example/x").ShouldBe(device);
        PtzCamera.AtCamera(device, "file:///etc/passwd").ShouldBe(device);
        PtzCamera.AtCamera(device, null).ShouldBe(device);
    }

    [Fact]
    public async Task A_redirect_to_the_clouds_own_service_is_not_followed()
    {
        await using var engine = new TestEngine();
        await using var other = new FakeOnvif();
        await using var device = new FakeOnvif();
        device.Instead["GetProfiles"] = (stream, cancel) =>
            stream.WriteAsync(FakeOnvif.Answer("307 Temporary Redirect", "", $"Location: http://127.0.0.1:{other.Port}/latest/meta-data"), cancel).AsTask();
        using var camera = Open(engine, device);

        (await camera.FindAsync(Cancel)).Outcome.ShouldNotBe(PtzOutcome.Done);
        other.Paths.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif();
        var sent = 0L;
        device.Instead["GetProfiles"] = async (stream, cancel) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n\r\n<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Body>"u8.ToArray(), cancel);
            var more = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("<a>endless</a>", 1000)));
            while (true)
            {
                await stream.WriteAsync(more, cancel);
                sent += more.Length;
            }
        };
        using var camera = Open(engine, device);

        (await camera.FindAsync(Cancel)).Outcome.ShouldNotBe(PtzOutcome.Done);
        sent.ShouldBeLessThan(16 * 1024 * 1024);
    }

    [Fact]
    public async Task An_answer_that_wants_a_file_of_ours_gets_nothing()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif();
        device.Instead["GetProfiles"] = (stream, cancel) => stream.WriteAsync(
            FakeOnvif.Answer("200 OK", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + FakeOnvif.Envelope("&x;")), cancel).AsTask();
        using var camera = Open(engine, device);

        (await camera.FindAsync(Cancel)).Outcome.ShouldNotBe(PtzOutcome.Done);
    }

    [Fact]
    public async Task A_camera_may_refuse_in_its_own_words()
    {
        await using var engine = new TestEngine();
        await using var device = new FakeOnvif();
        device.Instead["GotoPreset"] = (stream, cancel) => stream.WriteAsync(
            FakeOnvif.Answer("500 Internal Server Error", FakeOnvif.Envelope("<s:Fault xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Reason><s:Text>No such place</s:Text></s:Reason></s:Fault>")),
            cancel).AsTask();
        using var camera = Open(engine, device);

        (await camera.GoAsync("nowhere", Cancel)).ShouldBe(new PtzResult(PtzOutcome.Refused, "The camera says: No such place"));
    }
}
