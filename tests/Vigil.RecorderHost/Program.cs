using Vigil.RecorderHost;

return args is ["--full-disk", .. var rest] ? await FullDiskHost.RunAsync(rest) : await RecordingHost.RunAsync(args);
