using System.Collections.Concurrent;
using Vigil.Perception.Hearing;
using Vigil.Server.Events;

namespace Vigil.Server.Detection;

/// <summary>The ears for crying of this process: one engine for all, one ear per camera that is listened to.</summary>
public sealed class CryEars(CryTuning tuning, EventLog log, CryBook book)
{
    private readonly ConcurrentDictionary<int, CryEar> ears = new();
    private readonly CryScorer scorer = new(CryModel.BuiltIn);

    internal CryEar? Find(int cameraId) => ears.GetValueOrDefault(cameraId);

    internal CryEar Open(int cameraId) => ears[cameraId] = new CryEar(cameraId, scorer, tuning, log, book);

    internal void Close(int cameraId, CryEar ear) => ears.TryRemove(KeyValuePair.Create(cameraId, ear));
}
