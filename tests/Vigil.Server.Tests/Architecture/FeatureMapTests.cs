using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Architecture;

/// <summary>A feature may call another only along an arrow of this map. A new arrow is one line here, for a reviewer to see.</summary>
public sealed class FeatureMapTests
{
    /// <summary>Everyone may use these; they use each other only as said below.</summary>
    private static readonly string[] Ground = ["Accounts", "Hosting", "Database"];

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Hosting"] = ["Database"],
        ["Database"] = ["Hosting"],
        ["Accounts"] = ["Hosting", "Database"],
        ["Family"] = [],
        ["Devices"] = [],
        ["Cameras"] = ["Devices"],
        ["Events"] = ["Cameras", "Devices"],
        ["Live"] = ["Cameras", "Devices", "Events"],
        ["Recordings"] = ["Cameras", "Events"],
        ["Detection"] = ["Cameras", "Devices", "Events"],
        ["Health"] = ["Cameras", "Devices", "Detection", "Events"],
        ["Alerts"] = ["Events", "Family"],
        ["Watchdog"] = ["Cameras", "Events"],
    };

    /// <summary>Single uses that are not worth an arrow, each with its reason.</summary>
    private static readonly Dictionary<(string From, string To), string> Exceptions = new()
    {
        [("Vigil.Server.Hosting.Commands", "Vigil.Server.Accounts")] = "the command line names reset-password",
        [("Vigil.Server.Hosting.Commands", "Vigil.Server.Detection")] = "the command line names hear",
    };

    [Fact]
    public void Features_call_each_other_only_along_the_map()
    {
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        var uses = TypeReferences.Read(typeof(VigilPaths).Assembly.Location);
        uses.ShouldContain(use => FeatureOf(use.From) == "Events" && FeatureOf(use.To) == "Cameras", "the reader of references sees nothing");
        foreach (var (from, to) in uses)
        {
            if (FeatureOf(from) is { } user && FeatureOf(to) is { } used && user != used
                && !Arrows.GetValueOrDefault(user, []).Contains(used)
                && (Ground.Contains(user) || !Ground.Contains(used))
                && !Exceptions.Keys.Any(exception => exception.From == from && to.StartsWith(exception.To + ".", StringComparison.Ordinal)))
            {
                wrong.Add($"{user} -> {used}: {from} uses {to}");
            }
        }

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Every_folder_of_the_server_is_on_the_map()
    {
        var folders = Directory.GetDirectories(Path.Combine(Repository.Root, "src/Vigil.Server"))
            .Select(Path.GetFileName).Where(name => name is not "bin" and not "obj" and not "Properties");

        folders.ShouldAllBe(folder => Arrows.ContainsKey(folder!));
    }

    [Fact]
    public void The_map_has_no_circle_above_the_ground()
    {
        foreach (var feature in Arrows.Keys.Except(Ground))
        {
            Reachable(feature).ShouldNotContain(feature);
        }
    }

    private static HashSet<string> Reachable(string from)
    {
        var seen = new HashSet<string>();
        var next = new Queue<string>(Arrows[from]);
        while (next.TryDequeue(out var feature))
        {
            if (seen.Add(feature))
            {
                foreach (var further in Arrows[feature])
                {
                    next.Enqueue(further);
                }
            }
        }

        return seen;
    }

    private static string? FeatureOf(string type) =>
        type.StartsWith("Vigil.Server.", StringComparison.Ordinal) && type.Split('.') is { Length: > 3 } parts ? parts[2] : null;
}
