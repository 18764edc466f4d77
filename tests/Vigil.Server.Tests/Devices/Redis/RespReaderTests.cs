using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Vigil.Server.Devices.Redis;

namespace Vigil.Server.Tests.Devices.Redis;

public sealed class RespReaderTests
{
    /// <summary>What is said, and how it reads: kind and content, lists in brackets.</summary>
    private static readonly (string Said, string Means)[] Cases =
    [
        ("+OK\r\n", "Text OK"),
        ("+\r\n", "Text "),
        ("-ERR no such thing\r\n", "Error ERR no such thing"),
        ("!8\r\nERR a\r\nb\r\n", "Error ERR a\r\nb"),
        (":0\r\n", "Integer 0"),
        (":-9223372036854775808\r\n", "Integer -9223372036854775808"),
        ("$0\r\n\r\n", "Text "),
        ("$6\r\na\r\nb\0c\r\n", "Text a\r\nb\0c"),
        ("=8\r\ntxt:four\r\n", "Text four"),
        ("$-1\r\n", "Null"),
        ("*-1\r\n", "Null"),
        ("_\r\n", "Null"),
        ("#t\r\n", "Integer 1"),
        ("#f\r\n", "Integer 0"),
        (",1.5\r\n", "Text 1.5"),
        ("(34928903284092385094\r\n", "Text 34928903284092385094"),
        ("*0\r\n", "List []"),
        ("*2\r\n+a\r\n*2\r\n:1\r\n$-1\r\n", "List [Text a, List [Integer 1, Null]]"),
        ("~1\r\n+a\r\n", "List [Text a]"),
        ("%1\r\n+k\r\n*0\r\n", "Map [Text k, List []]"),
        (">3\r\n+message\r\n$1\r\nc\r\n$2\r\nhi\r\n", "Push [Text message, Text c, Text hi]"),
    ];

    private static readonly string[] Wrong =
    [
        "HTTP/1.1 200 OK\r\n", "\r\n", "\0", "+a\rb\r\n", "+a\nb\r\n", ":\r\n", ":1x\r\n", ":99999999999999999999\r\n", "$-2\r\n", "$x\r\n", "$1\r\nab\r\n", "$?\r\n", "*?\r\n",
        "*-2\r\n", "~-1\r\n", "%-1\r\n", "#x\r\n", "#\r\n", "_x\r\n", "|1\r\n", "$1048577\r\n", "*65537\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
    ];

    public static TheoryData<string, string> Said => [.. Cases];

    public static TheoryData<string> Refused => [.. Wrong];

    [Theory]
    [MemberData(nameof(Said))]
    public void What_Redis_says_is_read_and_what_follows_is_left(string said, string means)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(said + "+next"));
        RespReader.TryRead(ref buffer, out var value).ShouldBe(RespRead.Complete);
        Spell(value!).ShouldBe(means);
        Encoding.Latin1.GetString(buffer.ToArray()).ShouldBe("+next");
    }

    [Theory]
    [MemberData(nameof(Said))]
    public void The_beginning_of_a_value_wants_more_however_it_is_cut(string said, string means)
    {
        var bytes = Encoding.Latin1.GetBytes(said);
        for (var length = 0; length < bytes.Length; length++)
        {
            var part = new ReadOnlySequence<byte>(bytes.AsMemory(0, length));
            RespReader.TryRead(ref part, out var none).ShouldBe(RespRead.NeedMore, $"{length} of {said}");
            none.ShouldBeNull();
            part.Length.ShouldBe(length);
            var whole = Pieces(bytes, length);
            RespReader.TryRead(ref whole, out var value).ShouldBe(RespRead.Complete);
            Spell(value!).ShouldBe(means);
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_the_protocol_or_over_a_limit_is_refused(string said)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(said));
        RespReader.TryRead(ref buffer, out var value).ShouldBe(RespRead.Malformed);
        value.ShouldBeNull();
    }

    [Fact]
    public void A_line_that_does_not_end_and_a_value_that_grows_and_grows_are_refused()
    {
        var line = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes("+" + new string('a', 20_000)));
        RespReader.TryRead(ref line, out _).ShouldBe(RespRead.Malformed);
        var text = "$1000000\r\n" + new string('a', 1_000_000) + "\r\n";
        var list = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes("*6\r\n" + string.Concat(Enumerable.Repeat(text, 5))));
        RespReader.TryRead(ref list, out _).ShouldBe(RespRead.Malformed);
    }

    [Fact]
    public void Whatever_is_changed_in_what_Redis_says_it_is_read_or_refused()
    {
        var seeds = Cases.Select(one => Encoding.Latin1.GetBytes(one.Said)).ToArray();
        Prop.ForAll<int, int, byte>((seed, at, value) =>
        {
            var bytes = (byte[])seeds[(int)((uint)seed % seeds.Length)].Clone();
            bytes[(int)((uint)at % bytes.Length)] = value;
            var buffer = new ReadOnlySequence<byte>(bytes);
            var found = RespReader.TryRead(ref buffer, out var read);
            return (found == RespRead.Complete) == (read is not null) && (found == RespRead.Complete || buffer.Length == bytes.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void A_command_is_a_list_of_texts_that_reads_back()
    {
        var bytes = RespWriter.Command("SET", "käse", new byte[] { 13, 10, 0 }, -7);
        Encoding.UTF8.GetString(bytes).ShouldBe("*4\r\n$3\r\nSET\r\n$5\r\nkäse\r\n$3\r\n\r\n\0\r\n$2\r\n-7\r\n");
        var buffer = new ReadOnlySequence<byte>(bytes);
        RespReader.TryRead(ref buffer, out var value).ShouldBe(RespRead.Complete);
        Spell(value!).ShouldBe("List [Text SET, Text käse, Text \r\n\0, Text -7]");
    }

    private static string Spell(RespValue value) => value.Kind switch
    {
        RespKind.Null => "Null",
        RespKind.List or RespKind.Map or RespKind.Push => $"{value.Kind} [{string.Join(", ", value.Items.Select(Spell))}]",
        _ => $"{value.Kind} {value.Text}",
    };

    private static ReadOnlySequence<byte> Pieces(byte[] bytes, int at)
    {
        var first = new Piece(bytes.AsMemory(0, at), 0);
        var last = first.Then(bytes.AsMemory(at));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long before) => (Memory, RunningIndex) = (memory, before);

        public Piece Then(ReadOnlyMemory<byte> memory)
        {
            var next = new Piece(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
