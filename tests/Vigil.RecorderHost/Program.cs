using Vigil.RecorderHost;

return await RecordingHost.RunAsync(args);
