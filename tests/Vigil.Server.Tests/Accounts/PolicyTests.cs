using Vigil.Server.Accounts;
using Vigil.Server.Hosting;

namespace Vigil.Server.Tests.Accounts;

/// <summary>Decisions without a socket, a database or a clock.</summary>
public sealed class PolicyTests
{
    [Theory]
    [InlineData(false, true, true, false, false, RegistrationMode.Private, "Allowed")] // The first visitor sits at the machine.
    [InlineData(false, false, true, false, false, RegistrationMode.Open, "NeedsCode")] // In the house, but not at the machine.
    [InlineData(false, false, false, true, true, RegistrationMode.Closed, "Allowed")] // Saw the terminal.
    [InlineData(false, false, true, true, false, RegistrationMode.Open, "WrongCode")]
    [InlineData(true, true, true, false, false, RegistrationMode.Private, "Allowed")]
    [InlineData(true, false, true, false, false, RegistrationMode.Private, "Allowed")]
    [InlineData(true, false, false, true, true, RegistrationMode.Private, "Closed")] // The code is for the first account only.
    [InlineData(true, true, true, false, false, RegistrationMode.Closed, "Closed")]
    [InlineData(true, false, false, false, false, RegistrationMode.Open, "Allowed")]
    public void Who_may_register(bool anyAccount, bool loopback, bool isPrivate, bool codeGiven, bool codeRight, RegistrationMode mode, string expected) =>
        Registration.Decide(anyAccount, loopback, isPrivate, codeGiven, codeRight, mode).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.20", true)]
    [InlineData("192.169.1.20", false)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("fd12::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("2001:db8::1", false)]
    public void Which_addresses_are_in_the_house(string address, bool isPrivate) => ClientAddress.IsPrivate(System.Net.IPAddress.Parse(address)).ShouldBe(isPrivate);

    [Fact]
    public void Attempts_get_slower_but_never_stop()
    {
        Enumerable.Range(0, 4).Select(ThrottlePolicy.Step).ShouldAllBe(step => step == TimeSpan.Zero);
        Enumerable.Range(4, 6).Select(failures => ThrottlePolicy.Step(failures).TotalSeconds).ShouldBe([1, 2, 4, 8, 15, 15]);
        ThrottlePolicy.Step(int.MaxValue).ShouldBe(ThrottlePolicy.Longest);
    }

    [Theory]
    [InlineData(ServerRole.Superadmin, ServerRole.Admin, ServerRole.Superadmin, true)]
    [InlineData(ServerRole.Admin, ServerRole.Dev, ServerRole.Visitor, true)]
    [InlineData(ServerRole.Admin, ServerRole.Dev, ServerRole.Admin, false)]
    [InlineData(ServerRole.Admin, ServerRole.Admin, ServerRole.Dev, false)]
    [InlineData(ServerRole.Dev, ServerRole.Visitor, ServerRole.Visitor, false)]
    public void Who_may_change_whom(ServerRole mine, ServerRole theirs, ServerRole wanted, bool may) => AccountPolicy.MayChange(mine, theirs, wanted).ShouldBe(may);

    [Fact]
    public void The_set_up_code_forgives_case_blanks_and_dashes_and_nothing_else()
    {
        var code = new SetupCode();

        code.Value.Length.ShouldBe(6);
        code.Matches($" {code.Value[..3].ToLowerInvariant()}-{code.Value[3..]} ").ShouldBeTrue();
        code.Matches(code.Value[..5]).ShouldBeFalse();
        code.Matches(null).ShouldBeFalse();
        code.Matches("").ShouldBeFalse();
    }

    [Theory]
    [InlineData("192.168.1.7", "192.168.1.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void All_addresses_of_one_IPv6_network_are_slowed_down_together(string address, string expected) =>
        ClientAddress.Neighbourhood(System.Net.IPAddress.Parse(address)).ShouldBe(expected);
}
