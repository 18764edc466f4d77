namespace Vigil.Server.Hosting;

/// <summary>A passphrase from the environment, a pipe or the keyboard; never from the command line, where every user of the machine can read it.</summary>
internal static class Passphrase
{
    public const int Shortest = 8;

    public static string Ask(bool twice)
    {
        if (Environment.GetEnvironmentVariable("VIGIL_PASSPHRASE") is { Length: > 0 } given)
        {
            return Check(given, twice);
        }

        if (Console.IsInputRedirected)
        {
            return Check(Console.In.ReadLine() ?? "", twice);
        }

        var typed = ReadHidden("Passphrase: ");
        return twice && ReadHidden("Once more: ") != typed
            ? throw new RefusedException("The two passphrases differ.")
            : Check(typed, twice);
    }

    private static string Check(string passphrase, bool isNew) => isNew && passphrase.Length < Shortest
        ? throw new RefusedException($"The passphrase must have at least {Shortest} characters: the backup holds your cameras' passwords.")
        : passphrase.Length == 0 ? throw new RefusedException("No passphrase was given.") : passphrase;

    private static string ReadHidden(string prompt)
    {
        Console.Error.Write(prompt);
        var text = new System.Text.StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Console.Error.WriteLine();
                return text.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                text.Length = Math.Max(0, text.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                text.Append(key.KeyChar);
            }
        }
    }
}
