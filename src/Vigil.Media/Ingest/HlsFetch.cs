using Vigil.Protocols.Hls;

namespace Vigil.Media.Ingest;

/// <summary>Reads an HLS address and writes its segments one behind the other: playlist, variant and every segment fetched and checked by us.</summary>
internal sealed class HlsFetch(CameraHttp http, Uri address, TimeProvider time)
{
    /// <summary>Begin this many segments before the end: RFC 8216 §6.3.3 says three, at the price of their length in delay.</summary>
    private const int LiveSegments = 2;
    private const int TallestPicture = 1080;
    private const long MostSegmentBytes = 64 * 1024 * 1024;
    private const int UnchangedBeforeStall = 10;

    public async Task FeedAsync(Stream into, CancellationToken cancel)
    {
        var media = await ChooseVariantAsync(cancel);
        var next = -1L;
        var unchanged = 0;
        string? map = null;
        while (true)
        {
            var playlist = await FetchAsync(media, cancel);
            if (playlist.Unsupported)
            {
                throw new IngestException(FeedFailure.UnsupportedCodec, "The HLS stream is encrypted or uses byte ranges, which Vigil does not read.");
            }

            var segments = playlist.Segments;
            if (next < 0 && segments.Count > 0)
            {
                next = playlist.Ended ? segments[0].Sequence : segments[Math.Max(0, segments.Count - LiveSegments)].Sequence;
            }

            var fresh = segments.Where(s => s.Sequence >= next).ToList();
            unchanged = fresh.Count > 0 ? 0 : unchanged + 1;
            foreach (var segment in fresh)
            {
                if (segment.Discontinuity && map != playlist.MapUri && map is not null)
                {
                    return; // Another coding begins: another ffmpeg must read it.
                }

                if (playlist.MapUri is { } init && init != map)
                {
                    await CopyAsync(Resolve(media, init), into, cancel);
                    map = init;
                }

                await CopyAsync(Resolve(media, segment.Uri), into, cancel);
                next = segment.Sequence + 1;
            }

            if (playlist.Ended)
            {
                return;
            }

            if (unchanged > UnchangedBeforeStall)
            {
                throw new IngestException(FeedFailure.Stalled, "The HLS playlist no longer grows.");
            }

            await Task.Delay(TimeSpan.FromSeconds(playlist.TargetSeconds / 2), time, cancel);
        }
    }

    private async Task<Uri> ChooseVariantAsync(CancellationToken cancel)
    {
        var playlist = await FetchAsync(address, cancel);
        var best = playlist.Variants.OrderBy(v => v.Height <= TallestPicture ? 0 : 1).ThenByDescending(v => v.BandwidthBps).FirstOrDefault();
        return best is null ? address : Resolve(address, best.Uri);
    }

    private static Uri Resolve(Uri playlist, string reference) => Uri.TryCreate(playlist, reference, out var address)
        ? address
        : throw new IngestException(FeedFailure.ProtocolError, "The HLS playlist names an address that is none.");

    private async Task<HlsPlaylist> FetchAsync(Uri from, CancellationToken cancel)
    {
        using var answer = await http.GetAsync(from, cancel);
        await answer.Content.LoadIntoBufferAsync(HlsPlaylist.MostCharacters, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        return HlsPlaylist.TryParse(text, out var playlist)
            ? playlist
            : throw new IngestException(FeedFailure.NotACamera, "What answers there is no HLS playlist.");
    }

    private async Task CopyAsync(Uri from, Stream into, CancellationToken cancel)
    {
        using var answer = await http.GetAsync(from, cancel);
        if (answer.Content.Headers.ContentLength > MostSegmentBytes)
        {
            throw new IngestException(FeedFailure.ProtocolError, "A segment of the HLS stream is far too long.");
        }

        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        await body.CopyToAsync(into, cancel);
    }
}
