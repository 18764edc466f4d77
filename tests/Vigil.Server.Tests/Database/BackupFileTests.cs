using System.Security.Cryptography;
using Vigil.Server.Database;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Database;

public sealed class BackupFileTests
{
    private const string Passphrase = "correct horse battery";
    private const int FewRounds = 10;
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 20) - 1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(3 << 20)]
    public async Task What_goes_in_comes_out(int length)
    {
        var content = RandomNumberGenerator.GetBytes(length);

        (await OpenAsync(await SealAsync(content))).ShouldBe(content);
    }

    [Fact]
    public async Task Another_passphrase_a_cut_a_swap_or_a_flipped_bit_is_refused()
    {
        var file = await SealAsync(RandomNumberGenerator.GetBytes((2 << 20) + 100));
        const int Header = 28;
        const int Chunk = 4 + (1 << 20) + 16;

        await Should.ThrowAsync<RefusedException>(() => OpenAsync(file, "another passphrase"));
        foreach (var cut in new[] { 0, 7, Header - 1, Header, Header + 3, Header + Chunk - 1, Header + Chunk, Header + (2 * Chunk), file.Length - 1 })
        {
            await Should.ThrowAsync<RefusedException>(() => OpenAsync(file[..cut]), $"cut at {cut}");
        }

        foreach (var at in new[] { 3, 12, 25, Header + 1, Header + 50, Header + Chunk + 50, file.Length - 1 })
        {
            var flipped = file.ToArray();
            flipped[at] ^= 1;
            await Should.ThrowAsync<RefusedException>(() => OpenAsync(flipped), $"bit at {at}");
        }

        byte[] swapped = [.. file[..Header], .. file[(Header + Chunk)..(Header + (2 * Chunk))], .. file[Header..(Header + Chunk)], .. file[(Header + (2 * Chunk))..]];
        await Should.ThrowAsync<RefusedException>(() => OpenAsync(swapped));
    }

    [Fact]
    public void Dumps_are_made_once_a_night_and_seven_are_kept()
    {
        var zone = TimeZoneInfo.Utc;
        var newest = new DateTimeOffset(2026, 1, 15, 3, 5, 0, TimeSpan.Zero);
        NightlyDump.IsDue(null, newest, zone).ShouldBeTrue();
        NightlyDump.IsDue(newest, newest.AddHours(20), zone).ShouldBeFalse("the same day");
        NightlyDump.IsDue(newest, newest.AddHours(22), zone).ShouldBeFalse("past midnight, but not yet three");
        NightlyDump.IsDue(newest, newest.AddHours(24), zone).ShouldBeTrue();
        NightlyDump.IsDue(newest, newest.AddHours(46), zone).ShouldBeTrue("a night was missed");

        NightlyDump.Surplus(Enumerable.Range(10, 9).Select(day => $"vigil-202601{day}-030000.dump")).ShouldBe(["vigil-20260111-030000.dump", "vigil-20260110-030000.dump"]);
    }

    private static async Task<byte[]> SealAsync(byte[] content)
    {
        using var output = new MemoryStream();
        await BackupFile.EncryptAsync(new MemoryStream(content), output, Passphrase, Cancel, FewRounds);
        return output.ToArray();
    }

    private static async Task<byte[]> OpenAsync(byte[] file, string passphrase = Passphrase)
    {
        using var output = new MemoryStream();
        await BackupFile.DecryptAsync(new MemoryStream(file), output, passphrase, Cancel);
        return output.ToArray();
    }
}
