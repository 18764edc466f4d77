using System.Text;
using Vigil.Media.Ingest;

namespace Vigil.Media.Tests.Ingest;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task What_goes_in_comes_out_and_the_exit_code_is_told()
    {
        await using var child = await Shell("cat; echo trouble >&2; exit 7");

        await child.Input.WriteAsync("hello"u8.ToArray(), TestContext.Current.CancellationToken);
        child.CloseInput();

        (await ReadToEnd(child.Output)).ShouldBe("hello");
        (await child.Exited).ShouldBe(7);
        child.Errors.ShouldBe("trouble");
    }

    [Fact]
    public async Task An_extra_output_is_the_childs_descriptor_three()
    {
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand { Program = "sh", Arguments = ["-c", "echo side >&3"], ExtraOutputs = 1 }, TimeProvider.System);

        (await ReadToEnd(child.ExtraOutputs[0])).ShouldBe("side\n");
    }

    [Fact]
    public async Task It_sees_nothing_of_our_environment()
    {
        Environment.SetEnvironmentVariable("VIGIL_TEST_SECRET", "swordfish");
        await using var child = await Shell("env");

        (await ReadToEnd(child.Output)).ShouldNotContain("swordfish");
    }

    [Fact]
    public async Task Disposing_kills_it_with_its_own_children()
    {
        var child = await Shell("sleep 1000 & sleep 1000");
        await child.DisposeAsync();

        (await child.Exited).ShouldBe(128 + 9);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_said_in_words()
    {
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand { Program = "no-such-program", Arguments = [] }, TimeProvider.System);

        (await child.Exited).ShouldBe(127);
        child.Errors.ShouldContain("no-such-program");
    }

    [Fact]
    public async Task As_root_it_runs_as_the_unprivileged_account_without_capabilities()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become somebody else.");
        await using var child = await ChildProcess.StartAsync(
            new ChildCommand { Program = "sh", Arguments = ["-c", "id -u; grep CapBnd /proc/self/status"], RunAsUser = "nobody" }, TimeProvider.System);

        var said = await ReadToEnd(child.Output);
        said.ShouldStartWith("65534\n");
        said.ShouldContain("0000000000000000");
    }

    private static Task<ChildProcess> Shell(string script) =>
        ChildProcess.StartAsync(new ChildCommand { Program = "sh", Arguments = ["-c", script] }, TimeProvider.System);

    private static async Task<string> ReadToEnd(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
