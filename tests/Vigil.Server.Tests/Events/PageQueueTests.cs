using System.Text;
using Vigil.Server.Events;

namespace Vigil.Server.Tests.Events;

public sealed class PageQueueTests
{
    [Fact]
    public void Alerts_come_first_and_in_order()
    {
        using var queue = new PageQueue();
        queue.Level(1, Message("level"));
        queue.State(1, Message("state"));
        queue.Notice(Message("first"));
        queue.Notice(Message("second"));

        TakeAll(queue).ShouldBe(["first", "second", "state", "level"]);
    }

    [Fact]
    public void A_slow_page_gets_only_the_newest_level_of_each_camera()
    {
        using var queue = new PageQueue();
        for (var i = 0; i < 1000; i++)
        {
            queue.Level(i % 2, Message($"level {i}"));
        }

        TakeAll(queue).Order(StringComparer.Ordinal).ShouldBe(["level 998", "level 999"]);
        queue.Hopeless.ShouldBeFalse();
    }

    [Fact]
    public void A_page_that_does_not_take_its_alerts_is_hopeless()
    {
        using var queue = new PageQueue();
        for (var i = 0; i <= PageQueue.MostNotices; i++)
        {
            queue.Notice(Message("alert"));
        }

        queue.Hopeless.ShouldBeTrue();
        TakeAll(queue).Count.ShouldBe(PageQueue.MostNotices);
    }

    [Fact]
    public void A_finished_page_gets_its_farewell_and_nothing_else()
    {
        using var queue = new PageQueue();
        queue.Notice(Message("alert"));
        queue.State(1, Message("state"));
        queue.Room(1, Message("room"));
        queue.Level(1, Message("level"));

        queue.Finish(Message("farewell"), "signedOut");
        queue.Level(1, Message("level"));
        queue.Notice(Message("alert"));

        TakeAll(queue).ShouldBe(["farewell"]);
        queue.Finished.ShouldBe("signedOut");
    }

    private static ReadOnlyMemory<byte> Message(string text) => Encoding.UTF8.GetBytes(text);

    private static List<string> TakeAll(PageQueue queue)
    {
        var all = new List<string>();
        while (queue.TryTake(out var message))
        {
            all.Add(Encoding.UTF8.GetString(message.Span));
        }

        return all;
    }
}
