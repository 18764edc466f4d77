using Vigil.Server.Hosting;

namespace Vigil.Server.Recordings.Store;

/// <summary>
/// A small file in the store with the id of the store, which the database knows as well: an empty directory where a disk should be
/// mounted, or another server's disk, is not taken for the store.
/// </summary>
public sealed class StoreMarker(VigilPaths paths)
{
    private string File => Path.Combine(paths.Segments, ".vigil-store");

    /// <summary>Null: there is none.</summary>
    public Guid? Read()
    {
        try
        {
            return Guid.TryParse(System.IO.File.ReadAllText(File), out var id) ? id : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether a segment's file is there, readable or not.</summary>
    public bool Holds(string path) => System.IO.File.Exists(Path.Combine(paths.Segments, path));

    /// <exception cref="IOException">A full disk.</exception>
    public void Write(Guid id) => PrivateFile.Write(File, System.Text.Encoding.ASCII.GetBytes(id.ToString()));
}
