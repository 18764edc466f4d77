using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Vigil.Media;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Architecture;

/// <summary>Every loop has a pulse, or stands here with the reason why it needs none.</summary>
public sealed class PulseTests
{
    /// <summary>Hosted, but no loop that could fall silent unnoticed.</summary>
    private static readonly Dictionary<string, string> WithoutPulse = new()
    {
        ["Welcome"] = "prints once and ends",
        ["DemoCameras"] = "makes two cameras and ends",
        ["PulseWatch"] = "is who looks at the pulses",
        ["PtzDesk"] = "only stops what still moves when the server ends",
    };

    /// <summary>Timers outside hosted services: each belongs to something that lives shorter than the server.</summary>
    private static readonly Dictionary<string, string> OwnTimer = new()
    {
        ["HttpIngest"] = "one camera: its silence is an event of CameraWatch",
        ["RtspConnection"] = "one camera: its silence is an event of CameraWatch",
        ["StreamPull"] = "one camera: its silence is an event of CameraWatch",
        ["WhipSender"] = "one session of an agent, on another machine: the server misses its camera",
        ["WebRtcHost"] = "beats through WebRtcOptions.Beat, which LiveFeature gives a pulse",
        ["RoomSocket"] = "one phone's socket: the phone says when it is silent",
        ["LiveSocket"] = "one page's socket: the page says when it is silent",
        ["LiveViewSocket"] = "one viewer: the page says when the picture is old",
        ["MjpegAnswer"] = "one viewer: the page says when the picture is old",
    };

    private static readonly Assembly Server = typeof(VigilPaths).Assembly;

    [Fact]
    public void Every_loop_of_every_hosted_service_has_a_pulse()
    {
        var hosted = Server.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IHostedService))).ToList();
        var loops = hosted.SelectMany(type => LoopsOf(type).Select(loop => (Type: type, Loop: loop))).ToList();
        loops.ShouldContain(one => one.Loop.Name == "RereadAsync", "the reader of loops sees nothing");

        loops.Where(one => !WithoutPulse.ContainsKey(one.Type.Name) && !HasPulse(one.Loop)).Select(one => $"{one.Type.Name}.{one.Loop.Name}").ShouldBeEmpty();
        WithoutPulse.Keys.Except(hosted.Select(type => type.Name)).ShouldBeEmpty("these are no longer there");
    }

    [Fact]
    public void A_timer_belongs_to_a_hosted_service_or_to_something_that_is_watched_otherwise()
    {
        var owners = new[] { Server, typeof(MediaEngine).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => Bodies(type).SelectMany(body => Calls.Of(body)).Any(call => call.DeclaringType == typeof(PeriodicTimer)))
            .Select(Outermost).Distinct().ToList();
        owners.ShouldContain(type => type.Name == "NightlyDump", "the reader of timers sees nothing");

        owners.Where(type => !type.IsAssignableTo(typeof(IHostedService))).Select(type => type.Name).Except(OwnTimer.Keys).ShouldBeEmpty();
    }

    /// <summary>What a service hands to <see cref="Loops"/>, else its one and only loop.</summary>
    private static IReadOnlyList<MethodBase> LoopsOf(Type service)
    {
        var entry = (MethodBase)(service.GetMethod("ExecuteAsync", BindingFlags.Instance | BindingFlags.NonPublic)
            ?? service.GetMethod(nameof(IHostedService.StartAsync))!);
        return Calls.Of(BodyOf(entry)).Any(call => call.DeclaringType == typeof(Loops))
            ? [.. Calls.Of(BodyOf(entry), onlyDelegates: true).Where(call => call.DeclaringType == service)]
            : [entry];
    }

    private static bool HasPulse(MethodBase loop) => Reached(loop, []).Any(call => call.DeclaringType == typeof(Pulse) && call.Name != nameof(Pulse.Dispose));

    /// <summary>All calls of a method and of the methods of its class that it calls.</summary>
    private static IEnumerable<MethodBase> Reached(MethodBase method, HashSet<MethodBase> seen) =>
        !seen.Add(method) ? [] : Calls.Of(BodyOf(method)).SelectMany(call => call.DeclaringType == method.DeclaringType ? Reached(call, seen).Prepend(call) : [call]);

    private static MethodBase BodyOf(MethodBase method) =>
        method.GetCustomAttribute<StateMachineAttribute>()?.StateMachineType.GetMethod("MoveNext", BindingFlags.Instance | BindingFlags.NonPublic) ?? method;

    private static IEnumerable<MethodBase> Bodies(Type type) =>
        type.GetMethods(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
