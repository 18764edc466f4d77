namespace Vigil.Server.Hosting;

/// <summary>What the server binary can do besides serving; `./vigil` passes these verbs on.</summary>
public static class Commands
{
    public static Func<string[], Task<int>>? Find(string[] args) => args switch
    {
        _ => null,
    };
}
