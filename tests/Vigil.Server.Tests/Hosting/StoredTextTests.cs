using System.Text;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Hosting;

public sealed class StoredTextTests
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("Crib", 4, "Crib")]
    [InlineData("Crib", 3, "Cri")]
    [InlineData("", 3, "")]
    [InlineData("Cri👶", 4, "Cri")]
    [InlineData("Cri👶", 5, "Cri👶")]
    [InlineData("Cri👶b", 5, "Cri👶")]
    [InlineData("a\0b", 9, "a\uFFFDb")]
    public void A_cut_text_is_one_that_the_database_takes(string text, int longest, string expected)
    {
        StoredText.Cut(text, longest).ShouldBe(expected);
    }

    [Fact]
    public void Half_a_character_becomes_a_mark()
    {
        var cut = StoredText.Cut("a" + (char)0xD83D + "b" + (char)0xDC76, 9);
        cut.ShouldBe("a\uFFFDb\uFFFD");
        Strict.GetBytes(cut).ShouldNotBeEmpty();
    }
}
