namespace Vigil.Server.Hosting;

/// <summary>One Vigil per data directory. The kernel releases the lock however the process ends.</summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Null when another process holds it.</summary>
    public static DataDirectoryLock? TryTake(VigilPaths paths)
    {
        try
        {
            return new DataDirectoryLock(new FileStream(
                Path.Combine(paths.Data, "lock"),
                new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, UnixCreateMode = PrivateFile.Mode }));
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _file.Dispose();
}
