using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Vigil.Server.Health;

/// <summary>
/// The form of an upload, read as it comes: text fields into memory, sound straight to the disk. Dispose removes the file unless
/// <see cref="UploadedClips.Keep"/> has taken it.
/// </summary>
internal sealed class UploadForm : IDisposable
{
    private const int MostText = 16 * 1024;
    private readonly Dictionary<string, string> fields = new(StringComparer.Ordinal);

    private UploadForm() => Fields = new LooseFields("body", fields.GetValueOrDefault);

    public LooseFields Fields { get; }

    public string? Notes => fields.GetValueOrDefault("notes");

    /// <summary>Where the sound lies; null: none was sent.</summary>
    public string? AudioPath { get; private set; }

    /// <summary>Null: it is none of the formats.</summary>
    public ClipFormat? AudioFormat { get; private set; }

    public bool AudioTooLarge { get; private set; }

    public static async Task<UploadForm> ReadAsync(HttpRequest request, UploadedClips clips, CancellationToken cancel)
    {
        var form = new UploadForm();
        try
        {
            if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
                && HeaderUtilities.RemoveQuotes(type.Boundary) is { Length: > 0 and <= 200 } boundary)
            {
                await form.ReadPartsAsync(new MultipartReader(boundary.ToString(), request.Body), clips, cancel);
            }
            else if (request.HasFormContentType)
            {
                foreach (var (name, value) in await request.ReadFormAsync(cancel))
                {
                    form.fields[name] = value.ToString();
                }
            }

            return form;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            form.Dispose();
            throw new Microsoft.AspNetCore.Http.BadHttpRequestException("There was an error parsing the body", StatusCodes.Status400BadRequest);
        }
        catch
        {
            form.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        if (AudioPath is { } path)
        {
            UploadedClips.Discard(path);
        }
    }

    private async Task ReadPartsAsync(MultipartReader reader, UploadedClips clips, CancellationToken cancel)
    {
        var text = 0;
        while (await reader.ReadNextSectionAsync(cancel) is { } part)
        {
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
            {
                continue;
            }

            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (name == "audio")
            {
                if (AudioPath is null)
                {
                    await TakeAudioAsync(part.Body, HeaderUtilities.RemoveQuotes(disposition.FileName).Length > 0, clips, cancel);
                }

                continue;
            }

            var bytes = new byte[MostText - text + 1];
            var read = await part.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
            text += read;
            if (text > MostText)
            {
                throw new InvalidDataException("Too much text.");
            }

            fields[name] = Hosting.StoredText.Cut(Encoding.UTF8.GetString(bytes, 0, read), MostText);
        }
    }

    /// <summary>What pages send for a file that nobody chose is no sound: no name, and nothing in it.</summary>
    private async Task TakeAudioAsync(Stream body, bool hasName, UploadedClips clips, CancellationToken cancel)
    {
        var (path, stream) = clips.Open();
        AudioPath = path;
        long length = 0;
        var head = new byte[ClipFormat.HeadBytes];
        await using (stream)
        {
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = await body.ReadAsync(buffer, cancel)) > 0)
            {
                if (length < head.Length)
                {
                    buffer.AsSpan(0, (int)Math.Min(read, head.Length - length)).CopyTo(head.AsSpan((int)length));
                }

                length += read;
                if (length > UploadedClips.MostBytes)
                {
                    AudioTooLarge = true;
                    return;
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
        }

        AudioFormat = ClipFormat.Of(head.AsSpan(0, (int)Math.Min(length, head.Length)));
        if (length == 0 && !hasName)
        {
            UploadedClips.Discard(path);
            AudioPath = null;
        }
    }
}
