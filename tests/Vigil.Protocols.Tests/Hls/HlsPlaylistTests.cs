using Vigil.Protocols.Hls;

namespace Vigil.Protocols.Tests.Hls;

public sealed class HlsPlaylistTests
{
    [Fact]
    public void A_live_media_playlist_numbers_its_segments()
    {
        HlsPlaylist.TryParse(
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:41\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:2.0,\na.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:1.5,x\nb.m4s\n",
            out var playlist).ShouldBeTrue();

        playlist.Segments.ShouldBe([new HlsSegment("a.m4s", 41, 2, false), new HlsSegment("b.m4s", 42, 1.5, true)]);
        playlist.MapUri.ShouldBe("init.mp4");
        playlist.TargetSeconds.ShouldBe(2);
        playlist.Ended.ShouldBeFalse();
        playlist.Unsupported.ShouldBeFalse();
    }

    [Fact]
    public void A_master_playlist_lists_its_variants()
    {
        HlsPlaylist.TryParse(
            "#EXTM3U\r\n#EXT-X-STREAM-INF:CODECS=\"a,b\",BANDWIDTH=100,RESOLUTION=640x360\r\nlow.m3u8\r\n#EXT-X-STREAM-INF:BANDWIDTH=900\r\nhigh.m3u8\r\n",
            out var playlist).ShouldBeTrue();

        playlist.Variants.ShouldBe([new HlsVariant("low.m3u8", 100, 360), new HlsVariant("high.m3u8", 900, 0)]);
    }

    [Theory]
    [InlineData("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"")]
    [InlineData("#EXT-X-BYTERANGE:100@0")]
    public void What_we_cannot_read_is_said(string line)
    {
        HlsPlaylist.TryParse($"#EXTM3U\n{line}\n#EXTINF:1,\na.ts\n", out var playlist).ShouldBeTrue();
        playlist.Unsupported.ShouldBeTrue();
    }

    [Fact]
    public void Other_texts_are_refused_and_noise_never_throws()
    {
        HlsPlaylist.TryParse("<html>", out _).ShouldBeFalse();
        HlsPlaylist.TryParse("#EXTM3U" + new string('\n', HlsPlaylist.MostCharacters), out _).ShouldBeFalse();
        var random = new Random(4);
        const string letters = "#EXT-X-STREAMINF:=\",\n1URI.MAP";
        for (var round = 0; round < 10_000; round++)
        {
            HlsPlaylist.TryParse("#EXTM3U\n" + string.Concat(Enumerable.Range(0, 60).Select(_ => letters[random.Next(letters.Length)])), out _).ShouldBeTrue();
        }
    }
}
