namespace Vigil.Server.Tests.Architecture;

/// <summary>What a route is behind. What each means for whom is in <see cref="PermissionTests"/>.</summary>
internal enum Door
{
    /// <summary>Strangers too; the handler looks itself at whatever it is given.</summary>
    Anyone,

    /// <summary>Everybody who is signed in, also outsiders.</summary>
    SignedIn,

    /// <summary>Members of the household, guests included.</summary>
    Members,

    Parents,

    /// <summary>Parents whose server role lets them add cameras.</summary>
    Adding,

    Owner,

    Administrator,

    /// <summary>The one whose session it is.</summary>
    Own,

    View,
    Control,
    Admin,

    /// <summary>Owner and parents; guests are refused whatever their rows give.</summary>
    ParentsCamera,

    Record,
    Schedule,

    /// <summary>Control, or the camera's own device.</summary>
    Publish,

    /// <summary>Members, and devices with the scope for readings; the test's device has another.</summary>
    Readings,

    /// <summary>Something that happened at a camera: for who may view it, in the hours they may see.</summary>
    SeeFootage,

    /// <summary>The same, to change what is kept of it: control.</summary>
    ControlFootage,
}

/// <summary>
/// Every route and its door, one line each: methods, pattern, door. A `?` behind it: the object that the test has may be missing where one is let in.
/// A `!`: only refusals are tried, because being let in does more than a test can take.
/// </summary>
internal static class PermissionTable
{
    public const string Text =
        """
        GET    /api/v1/me                                             SignedIn
        POST   /api/v1/me/password                                    SignedIn
        GET    /api/v1/me/sessions                                    SignedIn
        DELETE /api/v1/me/sessions/{id:long}                          Own
        DELETE /api/v1/session                                        SignedIn
        GET    /auth/me                                               SignedIn
        POST   /api/auth/logout                                       SignedIn !
        GET    /api/v1/household                                      SignedIn
        PATCH  /api/v1/household                                      Owner
        GET    /api/v1/household/members                              Members
        POST   /api/v1/household/members                              Owner
        PATCH,DELETE /api/v1/household/members/{accountId:long}       Owner
        GET    /api/v1/admin/accounts                                 Administrator
        PATCH  /api/v1/admin/accounts/{id:long}                       Administrator !
        GET    /api/v1/admin/settings                                 Administrator
        PUT    /api/v1/admin/settings                                 Administrator !
        GET    /api/v1/admin/sessions                                 Administrator
        DELETE /api/v1/admin/sessions/{id:long}                       Administrator
        GET    /api/v1/admin/storage                                  Administrator
        GET    /api/v1/admin/servers                                  Administrator

        GET    /api/v1/cameras                                        SignedIn
        POST   /api/v1/cameras                                        Adding
        POST   /api/v1/cameras/test                                   Adding
        POST   /api/v1/cameras/discover                               Adding !
        GET    /api/v1/cameras/vendors                                Members
        GET    /api/v1/cameras/{id:int}                               View
        PATCH,DELETE /api/v1/cameras/{id:int}                         Admin
        POST   /api/v1/cameras/{id:int}/pause                         Control
        GET    /api/v1/cameras/{id:int}/ptz                           Control
        POST   /api/v1/cameras/{id:int}/ptz/move                      Control
        POST   /api/v1/cameras/{id:int}/ptz/stop                      Control
        POST   /api/v1/cameras/{id:int}/ptz/go                        Control
        GET,POST /api/v1/cameras/{id:int}/access                      Admin
        PUT,DELETE /api/v1/cameras/{id:int}/access/{row:long}         Admin
        GET    /api/v1/cameras/{id:int}/levels                        View
        POST   /api/v1/room-cameras                                   Adding
        POST   /api/v1/cameras/{id:int}/pairing                       Parents
        POST   /api/v1/cameras/{id:int}/device-keys                   Parents
        GET    /api/v1/devices                                        Parents
        PATCH,DELETE /api/v1/devices/{id:long}                        Parents
        GET    /api/device/{device}                                   View
        POST   /api/device/{device}/start                             Control
        POST   /api/device/{device}/stop                              Control
        GET    /ws/monitor/{device}/                                  View
        GET    /ws/live                                               SignedIn

        GET    /api/v1/cameras/{id:int}/live                          View
        GET    /api/v1/cameras/{id:int}/hls/index.m3u8                View
        GET    /api/v1/cameras/{id:int}/hls/init-{generation:int}.mp4 View
        GET    /api/v1/cameras/{id:int}/hls/{number:long}.m4s         View
        GET    /api/v1/cameras/{id:int}/mjpeg                         View
        GET    /api/v1/cameras/{id:int}/snapshot.jpg                  View
        POST,OPTIONS /api/v1/cameras/{id:int}/whep                    View
        PATCH,DELETE /api/v1/cameras/{id:int}/whep/{session}          View ?
        POST,OPTIONS /api/v1/cameras/{id:int}/whip                    Publish
        PATCH,DELETE /api/v1/cameras/{id:int}/whip/{session}          Publish ?
        POST,OPTIONS /api/v1/cameras/{id:int}/talk/whip               Control
        PATCH,DELETE /api/v1/cameras/{id:int}/talk/whip/{session}     Control ?
        POST   /api/v1/cameras/{id:int}/talk/whep                     Publish !
        OPTIONS /api/v1/cameras/{id:int}/talk/whep                    Publish
        PATCH,DELETE /api/v1/cameras/{id:int}/talk/whep/{session}     Publish ?
        PUT,DELETE /api/v1/cameras/{id:int}/lullaby                   Control
        GET    /api/v1/cameras/{id:int}/lullaby/{file:guid}           Publish ?
        GET    /api/v1/lullabies                                      Parents
        POST   /api/v1/lullabies                                      Parents !
        DELETE /api/v1/lullabies/{id:guid}                            Parents ?

        POST   /health/upload                                         Readings
        GET    /health/history                                        Members
        GET    /health/stats                                          Members
        GET    /health/timeseries                                     Members
        GET    /health/{record_id}                                    Members ?
        GET    /health/charts/temperature-humidity                    Members
        GET    /health/charts/cry-frequency                           Members
        GET    /health/charts/health-distribution                     Members
        GET    /health/charts/hourly-heatmap                          Members
        GET    /uploads/{file}                                        Members ?
        GET    /api/v1/health                                         Parents
        POST   /api/v1/health/readings                                Readings
        GET    /api/v1/health/readings                                Parents
        GET    /api/v1/health/readings.csv                            Parents
        GET,PUT /api/v1/health/settings                               Parents
        PUT    /api/v1/cameras/{id:int}/room-limits                   Control

        GET    /api/v1/events                                         SignedIn
        GET    /api/v1/events/{id:guid}                               SeeFootage
        POST   /api/v1/events/{id:guid}/acknowledge                   ControlFootage
        GET    /api/v1/events/{id:guid}/clip.mp4                      SeeFootage ?

        GET    /api/v1/events/{id:guid}/cry                           SeeFootage ?
        POST   /api/v1/events/{id:guid}/not-a-cry                     SeeFootage !
        GET    /api/v1/cameras/{id:int}/hearing                       View
        POST   /api/v1/cameras/{id:int}/hearing/missed                Control
        DELETE /api/v1/cameras/{id:int}/hearing/feedback/{feedback:long} Control
        GET    /api/v1/cameras/{id:int}/hearing/feedback.jsonl        Admin
        GET,PUT /api/v1/cameras/{id:int}/motion                       Admin
        GET    /api/v1/cameras/{id:int}/motion/now                    Admin

        GET    /api/v1/cameras/{id:int}/footage                       View
        GET    /api/v1/cameras/{id:int}/health                        View
        GET    /api/v1/storage                                        Parents
        PUT    /api/v1/storage                                        Parents
        GET    /api/v1/storage/offsite                                Parents
        PUT    /api/v1/cameras/{id:int}/retention                     Admin
        POST   /api/v1/cameras/{id:int}/retention/agree               Admin
        POST   /api/v1/cameras/{id:int}/retention/forget-missing      Admin
        POST   /api/v1/storage/look-again                             Parents
        GET    /api/v1/cameras/{id:int}/footage.mp4                   View ?
        GET    /api/v1/cameras/{id:int}/footage/thumbnail.jpg         View ?
        GET    /api/v1/cameras/{id:int}/footage/days                  View
        GET    /api/v1/recordings/{id:guid}/video.mp4                 SeeFootage ?
        GET    /api/v1/cameras/{id:int}/recordings                    View
        POST   /api/v1/cameras/{id:int}/recordings                    Record
        GET    /api/v1/recordings                                     SignedIn
        GET    /api/v1/recordings/{id:guid}                           SeeFootage
        PATCH,DELETE /api/v1/recordings/{id:guid}                     ControlFootage
        POST   /api/v1/recordings/{id:guid}/stop                      ControlFootage

        GET,POST /api/v1/schedules                                    SignedIn !
        GET    /api/v1/schedules/preview                              SignedIn
        POST   /api/v1/schedules/preview                              SignedIn !
        GET    /api/v1/schedules/{id:guid}                            View
        GET    /api/v1/schedules/{id:guid}/preview                    View
        PUT,DELETE /api/v1/schedules/{id:guid}                        Schedule ?
        POST   /api/v1/schedules/{id:guid}/activate                   Schedule
        POST   /api/v1/schedules/{id:guid}/deactivate                 Schedule

        GET,POST,PUT,DELETE /api/devices/{device_id}/proxy/{**path}   ParentsCamera
        GET    /api/v1/signal-devices                                 Parents
        POST   /api/v1/signal-devices/pair                            Parents !
        PATCH,DELETE /api/v1/signal-devices/{id:long}                 Parents ?
        POST   /api/v1/signal-devices/{id:long}/secret                Parents ?
        POST   /api/v1/signal-devices/{id:long}/transfer              Parents ?
        GET    /api/v1/cameras/{id:int}/viewers                       Parents

        POST   /v0/api/users/auth/logout                              SignedIn !
        POST   /v0/api/users/auth/change-password                     SignedIn
        GET,PUT,PATCH /v0/api/users/profile                           SignedIn
        GET    /v0/api/users/users                                    SignedIn
        POST   /v0/api/users/users                                    SignedIn !
        GET,PUT,PATCH,DELETE /v0/api/users/users/{id:guid}            Own ?
        POST,PUT /v0/api/users/users/{id:guid}/activate               Own ?
        POST,PUT /v0/api/users/users/{id:guid}/change-role            Own ?
        GET    /v0/api/users/sessions                                 SignedIn
        POST   /v0/api/users/sessions/revoke-all                      SignedIn !
        GET    /v0/api/users/activities                               SignedIn

        POST   /v0/api/cctv/cameras                                   Adding
        PUT,PATCH,DELETE /v0/api/cctv/cameras/{id:guid}               Admin
        POST,PUT,PATCH /v0/api/cctv/cameras/{id:guid}/validate_update Admin
        POST   /v0/api/cctv/cameras/{id:guid}/test_connection         Control !
        POST   /v0/api/cctv/cameras/{id:guid}/test-connection         Control !
        POST   /v0/api/cctv/cameras/{id:guid}/set_online              Control !
        POST   /v0/api/cctv/cameras/{id:guid}/recover_stream          Control !
        GET    /v0/api/cctv/cameras/{id:guid}/stream                  View
        GET    /v0/api/cctv/cameras/{id:guid}/stream/thumbnail        View
        GET    /v0/api/cctv/cameras/{id:guid}/stream/snapshot         Control
        GET    /v0/api/cctv/cameras/{id:guid}/stream/snapshot/{name}  View ?
        POST   /v0/api/cctv/cameras/{id:guid}/activate_stream         Control
        POST   /v0/api/cctv/cameras/{id:guid}/deactivate_stream       Control
        GET    /v0/api/cctv/cameras/{id:guid}/stream_status           View
        GET    /v0/api/cctv/cameras/{id:guid}/stream_health           View
        GET    /v0/api/cctv/cameras/{id:guid}/stream/info             View
        GET    /v0/api/cctv/cameras/stream/status                     SignedIn
        GET    /v0/api/cctv/streams                                   SignedIn
        GET    /v0/api/cctv/streams/active                            SignedIn
        GET    /v0/api/cctv/live-streams                              SignedIn
        GET    /v0/api/cctv/camera-access                             SignedIn
        POST   /v0/api/cctv/camera-access                             SignedIn
        GET,PUT,PATCH,DELETE /v0/api/cctv/camera-access/{id:long}     Admin

        GET    /v0/api/cctv/cameras                                   SignedIn
        POST   /v0/api/cctv/cameras/register                          Adding !
        GET    /v0/api/cctv/cameras/{id:guid}                         View
        GET    /v0/api/cctv/cameras/multi-stream                      SignedIn
        GET    /v0/api/cctv/cameras/recording_overview                SignedIn
        POST   /v0/api/cctv/cameras/{id:guid}/start_recording         Record
        POST   /v0/api/cctv/cameras/{id:guid}/start-recording         Record
        POST   /v0/api/cctv/cameras/{id:guid}/stop_recording          Record
        POST   /v0/api/cctv/cameras/{id:guid}/stop-recording          Record
        POST   /v0/api/cctv/cameras/{id:guid}/test_recording          Record
        GET    /v0/api/cctv/cameras/{id:guid}/recording_status        View
        GET    /v0/api/cctv/recordings                                SignedIn
        GET    /v0/api/cctv/recordings/stats                          SignedIn
        GET    /v0/api/cctv/recordings/{id:guid}                      SeeFootage
        DELETE /v0/api/cctv/recordings/{id:guid}                      ControlFootage
        GET    /v0/api/cctv/recordings/{id:guid}/download             SeeFootage ?
        GET    /v0/api/cctv/recordings/{id:guid}/stream               SeeFootage ?
        GET    /v0/api/cctv/playback/{id:guid}                        SeeFootage ?
        GET    /media/recordings/{camera}/{file}                      SeeFootage ?
        POST   /v0/api/cctv/recordings/transfer-to-gcp                SignedIn
        GET    /v0/api/cctv/recordings/gcp-transfers                  SignedIn
        GET    /v0/api/cctv/dashboard/analytics                       SignedIn
        GET    /v0/api/cctv/dashboard/activity                        SignedIn
        GET    /v0/api/cctv/status/overview                           SignedIn
        GET    /v0/api/cctv/status/cameras                            SignedIn
        GET    /v0/api/cctv/status/recordings                         SignedIn
        GET    /v0/api/cctv/health                                    SignedIn
        GET    /v0/api/cctv/schedules        SignedIn
        POST   /v0/api/cctv/schedules        SignedIn !
        GET    /v0/api/cctv/schedules/{id:guid}        View
        PUT,PATCH,DELETE /v0/api/cctv/schedules/{id:guid}        Schedule
        POST   /v0/api/cctv/schedules/{id:guid}/activate        Schedule
        POST   /v0/api/cctv/schedules/{id:guid}/deactivate      Schedule
        GET    /v0/api/cctv/schedules/{id:guid}/status          View
        GET    /v0/api/cctv/recording-schedules        SignedIn
        POST   /v0/api/cctv/recording-schedules        SignedIn !
        GET    /v0/api/cctv/recording-schedules/{id:guid}        View
        PUT,PATCH,DELETE /v0/api/cctv/recording-schedules/{id:guid}        Schedule
        POST   /v0/api/cctv/recording-schedules/{id:guid}/activate        Schedule
        POST   /v0/api/cctv/recording-schedules/{id:guid}/deactivate      Schedule
        GET    /v0/api/cctv/recording-schedules/{id:guid}/status          View
        GET    /v0/api/cctv/local-client/health        SignedIn
        GET    /v0/api/cctv/local-client/schedules        SignedIn
        GET    /v0/api/cctv/local-client/cameras        SignedIn
        POST   /v0/api/cctv/local-client/recordings/register        SignedIn ?
        POST   /v0/api/cctv/local-client/recordings/status        SignedIn ?
        POST   /v0/api/cctv/local-client/heartbeat        SignedIn
        GET    /v0/api/local-client/health        SignedIn
        GET    /v0/api/local-client/schedules        SignedIn
        GET    /v0/api/local-client/cameras        SignedIn
        POST   /v0/api/local-client/recordings/register        SignedIn ?
        POST   /v0/api/local-client/recordings/status        SignedIn ?
        POST   /v0/api/local-client/heartbeat        SignedIn
        """;
}
