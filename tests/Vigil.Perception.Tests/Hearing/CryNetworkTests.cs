using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Vigil.Perception.Hearing;

namespace Vigil.Perception.Tests.Hearing;

/// <summary>The front end and the network against numbers that the training side wrote (<c>testdata/hearing</c>).</summary>
public sealed class CryNetworkTests
{
    private const int Window = CryNetwork.WindowFrames * MelFrontEnd.Bands;

    [Fact]
    public void Frames_are_those_of_the_training_side_within_a_thousandth()
    {
        var samples = Testdata.Wav("golden.wav");
        var golden = Testdata.Lines("golden-logmel.csv").SelectMany(l => l.Split(',')).Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        var frames = new float[golden.Length];

        new MelFrontEnd().Transform([.. samples.Select(s => s / 32768f)], CryNetwork.WindowFrames, frames);

        golden.Length.ShouldBe(Window);
        Enumerable.Range(0, Window).Max(i => Math.Abs(frames[i] - golden[i])).ShouldBeLessThan(1e-3);
    }

    [Fact]
    public void Logits_are_those_of_the_training_framework_within_a_ten_thousandth()
    {
        var (windows, logits) = GoldenBatch();
        var network = new CryNetwork(CryModel.BuiltIn);
        for (var i = 0; i < logits.Length; i++)
        {
            network.Logit(windows.AsSpan(i * Window, Window)).ShouldBe(logits[i], 1e-4f, $"window {i}");
        }
    }

    [Fact]
    public void A_window_is_scored_the_same_whatever_was_scored_before()
    {
        var (windows, logits) = GoldenBatch();
        var network = new CryNetwork(CryModel.BuiltIn);
        var first = network.Logit(windows.AsSpan(0, Window));
        network.Logit(windows.AsSpan(Window, Window));

        network.Logit(windows.AsSpan(0, Window)).ShouldBe(first);
        logits.Length.ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_model_with_one_wrong_byte_anywhere_is_refused()
    {
        var file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "cry.vigil"));
        CryModel.Load(file).Name.ShouldBe(CryModel.BuiltIn.Name);
        foreach (var at in (int[])[0, 9, 41, file.Length / 2, file.Length - 1])
        {
            var damaged = file.ToArray();
            damaged[at] ^= 1;
            Should.Throw<InvalidDataException>(() => CryModel.Load(damaged));
        }

        Should.Throw<InvalidDataException>(() => CryModel.Load(file.AsSpan(0, file.Length - 4)));
        Should.Throw<InvalidDataException>(() => CryModel.Load([]));
    }

    [Fact]
    public void Sound_in_pieces_of_any_size_gives_the_windows_of_the_whole()
    {
        var random = new Random(7);
        var sound = new short[16_000 * 7];
        for (var i = 0; i < sound.Length; i++)
        {
            sound[i] = (short)((8_000 * Math.Sin(i * (0.1 + (i / 400_000.0)))) + random.Next(-600, 600));
        }

        var whole = Windows(sound, sound.Length);

        whole.Count.ShouldBe(11);
        Windows(sound, 683).ShouldBe(whole);
        Windows(sound, 1).ShouldBe(whole);
        var frames = new float[Window];
        new MelFrontEnd().Transform([.. sound.Skip(3 * 8_000).Take(32_000).Select(s => s / 32768f)], CryNetwork.WindowFrames, frames);
        whole[3].Score.ShouldBe(new CryNetwork(CryModel.BuiltIn).Score(frames), 1e-4f);
    }

    [Fact]
    public void Listening_allocates_nothing()
    {
        var listener = new CryListener(new CryScorer(CryModel.BuiltIn));
        var block = new short[683];
        Hear(listener, block, 200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var windows = Hear(listener, block, 200);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        windows.ShouldBeGreaterThan(10);
        allocated.ShouldBe(0);
    }

    private static int Hear(CryListener listener, short[] block, int times)
    {
        var windows = 0;
        for (var i = 0; i < times; i++)
        {
            ReadOnlySpan<short> rest = block;
            while (listener.TryHear(ref rest, out _))
            {
                windows++;
            }
        }

        return windows;
    }

    private static List<CryWindow> Windows(short[] sound, int piece)
    {
        var listener = new CryListener(new CryScorer(CryModel.BuiltIn));
        var windows = new List<CryWindow>();
        for (var at = 0; at < sound.Length; at += piece)
        {
            ReadOnlySpan<short> rest = sound.AsSpan(at, Math.Min(piece, sound.Length - at));
            while (listener.TryHear(ref rest, out var window))
            {
                windows.Add(window);
            }
        }

        return windows;
    }

    private static (float[] Windows, float[] Logits) GoldenBatch()
    {
        var file = Testdata.Bytes("golden-batch.bin");
        var count = BinaryPrimitives.ReadInt32LittleEndian(file);
        var floats = MemoryMarshal.Cast<byte, float>(file.AsSpan(4)).ToArray();
        return (floats[..(count * Window)], floats[(count * Window)..]);
    }
}
