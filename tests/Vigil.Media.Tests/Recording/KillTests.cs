using Vigil.RecorderHost;
using Vigil.Testing;

namespace Vigil.Media.Tests.Recording;

/// <summary>The same with a thousand points: <c>./vigil bench kill</c>.</summary>
public sealed class KillTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_killed_recorder_leaves_readable_files_and_an_index_that_is_not_ahead_of_them_also_in_clean_up_and_export(bool busy)
    {
        var scratch = Directory.CreateTempSubdirectory("vigil-kill-").FullName;
        try
        {
            var footage = Path.Combine(scratch, "footage.mp4");
            SampleFootage.Encode(footage, 4);
            var random = new Random(20);
            var outcomes = new List<KillOutcome>();
            for (var round = 0; round < 5; round++)
            {
                outcomes.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(i => KillTrial.RunAsync(
                    Path.Combine(scratch, $"{round}-{i}"),
                    footage,
                    cameras: 3,
                    speed: 3,
                    TimeSpan.FromMilliseconds(random.Next(20, 3000)),
                    decode: i == 0,
                    TestContext.Current.CancellationToken,
                    busy))));
            }

            outcomes.SelectMany(o => o.Faults).ShouldBeEmpty();
            outcomes.Count(o => o.Segments > 0).ShouldBeGreaterThan(10);
            (outcomes.Sum(o => o.Deleted) > 0).ShouldBe(busy);
            outcomes.Max(o => o.Overdue).ShouldBeLessThanOrEqualTo(TimeSpan.Zero, "the recorder had a whole beat to write it");
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
