// IscBridge.cs: the client library of ISCBridge for hosts in .NET, over iscbridge_client.h, which is the manual.
//
//     using (var client = new IscBridge.Client(new IscBridge.ClientOptions { Host = "MyCAD" }))
//     {
//         IscBridge.Job job = await client.SaveAsync(path);
//         IscBridge.Job end = await client.WaitAsync(job.Id);
//     }
//
// Copy the three files of this folder into a project: C# 6, .NET Framework 4.6 or later, Mono. The native
// iscbridge_client.dll (or libiscbridge_client.so) lies beside the assembly, in the bitness of the process.
//
// Every call has two forms. Save(...) waits for the bridge's answer, at most the time-out, and is for threads that may
// wait. SaveAsync(...) does so on the thread pool: use it on the thread of a window. Members may be used by all threads
// at once. Errors are thrown as IscBridgeException; after Dispose, ObjectDisposedException.
//
// Events are raised on the SynchronizationContext that was current when the client was made (that of WinForms, WPF or
// the host); without one, on a thread of the library. Keep the client, and dispose of it: one that nobody refers to is
// closed when the garbage collector finds it (Mono may see it for long on the stack of the library's thread).
using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace IscBridge
{
    /// <summary>A client of the bridge. Disposing it ends every call that waits on it, with Status.Closed.</summary>
    public sealed class Client : IDisposable
    {
        /// <summary>How long WaitAsync leaves the library alone before it looks whether it was given up.</summary>
        private static readonly TimeSpan Slice = TimeSpan.FromSeconds(5);
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

        /// <summary>Events that may wait for a SynchronizationContext; then they wait in the library, which has limits.</summary>
        private const int MostPending = 256;

        /// <summary>For handlers under way when the process ends; the runtime itself gives little more.</summary>
        private const int LeastTimeoutMs = 1000;

        // One delegate for the process: native code may hold it as long as it likes. It finds the client by number, so
        // that a callback that comes late finds nobody, and an unused client can be collected.
        private static readonly Native.EventCallback Callback = OnNativeEvent;
        private static readonly ConcurrentDictionary<long, WeakReference<Client>> Clients =
            new ConcurrentDictionary<long, WeakReference<Client>>();
        private static long lastNumber;

        private readonly Native.ClientHandle handle;
        private readonly long number = Interlocked.Increment(ref lastNumber);
        private readonly SynchronizationContext context;
        private readonly SemaphoreSlim room = new SemaphoreSlim(MostPending);
        private readonly CancellationTokenSource closing = new CancellationTokenSource();
        private int disposed;

        static Client()
        {
            // A callback into an application domain or a runtime that is going would end the process.
            AppDomain.CurrentDomain.DomainUnload += (sender, e) => DisposeAll();
            AppDomain.CurrentDomain.ProcessExit += (sender, e) => DisposeAll();
        }

        public Client(ClientOptions options)
        {
            if (options == null)
            {
                throw new ArgumentNullException(nameof(options));
            }
            bool polls = options.Delivery == EventDelivery.Polling;
            context = options.Delivery == EventDelivery.Context ? options.Context ?? SynchronizationContext.Current : null;
            using (var texts = new Native.Texts())
            {
                var config = new Native.Config
                {
                    Size = (uint)Marshal.SizeOf(typeof(Native.Config)),
                    AbiVersion = Native.AbiVersion,
                    Host = texts.Add(options.Host),
                    HostVersion = texts.Add(options.HostVersion),
                    Product = texts.Add(options.Product),
                    Language = texts.Add(options.Language),
                    Instance = texts.Add(options.Instance),
                    Address = texts.Add(options.Address),
                    Home = texts.Add(options.Home),
                    StartCommand = texts.AddList(options.StartCommand),
                    TimeoutMs = Native.Milliseconds(options.Timeout),
                    EventCapacity = (uint)Math.Max(0, options.EventCapacity),
                    OnEvent = polls ? IntPtr.Zero : Marshal.GetFunctionPointerForDelegate(Callback),
                    UserData = new IntPtr(number),
                    All = options.AllHosts ? 1 : 0
                };
                Native.Check(Native.iscb_create(ref config, out handle));
            }
            Clients[number] = new WeakReference<Client>(this); // there are no events before the first call
        }

        /// <summary>Every event, of whichever kind.</summary>
        public event EventHandler<BridgeEventArgs> EventReceived;

        /// <summary>A job of this client changed.</summary>
        public event EventHandler<BridgeEventArgs> JobChanged;

        /// <summary>A file came from the cloud.</summary>
        public event EventHandler<BridgeEventArgs> FileOpened;

        public event EventHandler<BridgeEventArgs> LicenseChanged;

        /// <summary>A handler threw on a thread of the library, where nobody else could catch it; else it is traced.</summary>
        public event EventHandler<UnhandledExceptionEventArgs> HandlerFailed;

        public bool IsConnected { get { return Native.iscb_is_connected(handle) == 1; } }

        /// <summary>Where the bridge of a profile listens; home null: that of this user.</summary>
        public static string FindAddress(string home = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found;
                return Native.Taken(Native.iscb_find_address(texts.Add(home), out found), found, IntPtr.Zero, Native.Text);
            }
        }

        /// <summary>Finds the bridge, or starts it; its answer to hello, as JSON.</summary>
        public string Connect(TimeSpan? timeout = null)
        {
            IntPtr found, error;
            int status = Native.iscb_connect(handle, Native.Milliseconds(timeout), out found, out error);
            return Native.Taken(status, found, error, Native.Text);
        }

        /// <summary>Save a file or an assembly: it must lie on the disk as it is to be saved.</summary>
        public Job Save(string path, SaveOptions options = null, TimeSpan? timeout = null)
        {
            return SaveBy(Native.iscb_save, path, options, timeout);
        }

        /// <summary>Save under another name: ISCDesk asks the person where.</summary>
        public Job SaveAs(string path, SaveOptions options = null, TimeSpan? timeout = null)
        {
            return SaveBy(Native.iscb_save_as, path, options, timeout);
        }

        /// <summary>Let the person pick a file of the cloud. FileOpened tells where it was put, and so does the job.</summary>
        public Job Open(string requestId = null, string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_open(handle, texts.Add(requestId), texts.Add(product),
                    Native.Milliseconds(timeout), out found, out error);
                return Native.Taken(status, found, error, Native.ReadJob);
            }
        }

        /// <summary>Hand a file to the solver of the cloud.</summary>
        public Job Solve(string path, string requestId = null, string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_solve(handle, texts.Add(path), texts.Add(requestId), texts.Add(product),
                    Native.Milliseconds(timeout), out found, out error);
                return Native.Taken(status, found, error, Native.ReadJob);
            }
        }

        public Job GetJob(string id, TimeSpan? timeout = null) { return JobBy(Native.iscb_job_get, id, timeout); }

        /// <summary>Waits until a job is final, also while the bridge is away for a time.</summary>
        public Job Wait(string id, TimeSpan timeout) { return JobBy(Native.iscb_job_wait, id, timeout); }

        public Job Cancel(string id, TimeSpan? timeout = null) { return JobBy(Native.iscb_job_cancel, id, timeout); }

        public Job TryAgain(string id, TimeSpan? timeout = null) { return JobBy(Native.iscb_job_retry, id, timeout); }

        /// <summary>The person's answer to a job in JobState.Unknown.</summary>
        public Job Resolve(string id, bool repeat, TimeSpan? timeout = null)
        {
            Native.JobCall call = (Native.ClientHandle client, IntPtr job, int ms, out IntPtr found, out IntPtr error) =>
                Native.iscb_job_resolve(client, job, repeat ? 1 : 0, ms, out found, out error);
            return JobBy(call, id, timeout);
        }

        public FileStatus GetFileStatus(string path, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_file_status(handle, texts.Add(path), Native.Milliseconds(timeout), out found,
                    out error);
                return Native.Taken(status, found, error, Native.ReadFile);
            }
        }

        /// <summary>What a product (null: that of the options) may do now. Ask it once when the host starts.</summary>
        public License CheckLicense(string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_check(handle, texts.Add(product), Native.Milliseconds(timeout), out found,
                    out error);
                return Native.Taken(status, found, error, Native.ReadLicense);
            }
        }

        /// <summary>Bind a licence code that a person typed; null: the one that the bridge keeps. May take 90 s.</summary>
        public License ActivateLicense(string code, string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_activate(handle, texts.Add(product), texts.Add(code),
                    Native.Milliseconds(timeout ?? TimeSpan.FromSeconds(100)), out found, out error);
                return Native.Taken(status, found, error, Native.ReadLicense);
            }
        }

        /// <summary>Give this computer's seat of a vendor's relay back. May take 90 s.</summary>
        public License ReleaseLicense(string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_release(handle, texts.Add(product),
                    Native.Milliseconds(timeout ?? TimeSpan.FromSeconds(100)), out found, out error);
                return Native.Taken(status, found, error, Native.ReadLicense);
            }
        }

        /// <summary>As ActivateLicense; if every seat is taken, that of another computer is taken over.</summary>
        public License TransferLicense(string code, string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_transfer(handle, texts.Add(product), texts.Add(code),
                    Native.Milliseconds(timeout ?? TimeSpan.FromSeconds(100)), out found, out error);
                return Native.Taken(status, found, error, Native.ReadLicense);
            }
        }

        /// <summary>Begin a person's sign-in: open the page that is returned in the system's browser, at once.</summary>
        public string SignIn(string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_sign_in(handle, texts.Add(product),
                    Native.Milliseconds(timeout ?? TimeSpan.FromSeconds(100)), out found, out error);
                return Native.Taken(status, found, error, Native.Text);
            }
        }

        /// <summary>Sign the person out; a page at which the browser forgets them too is returned, or nothing.</summary>
        public string SignOut(string product = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_license_sign_out(handle, texts.Add(product),
                    Native.Milliseconds(timeout ?? TimeSpan.FromSeconds(100)), out found, out error);
                return Native.Taken(status, found, error, Native.Text);
            }
        }

        /// <summary>What the bridge says of itself, as JSON.</summary>
        public string GetBridgeStatus(TimeSpan? timeout = null)
        {
            IntPtr found, error;
            int status = Native.iscb_bridge_status(handle, Native.Milliseconds(timeout), out found, out error);
            return Native.Taken(status, found, error, Native.Text);
        }

        /// <summary>Any request of docs/protocol.md; parameters and result are JSON.</summary>
        public string Request(string method, string parameters = null, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = Native.iscb_request(handle, texts.Add(method), texts.Add(parameters),
                    Native.Milliseconds(timeout), out found, out error);
                return Native.Taken(status, found, error, Native.Text);
            }
        }

        /// <summary>The same without waiting: the outcome comes as an event of EventKind.Answer with this number.</summary>
        public void Post(string method, string parameters, ulong userData, TimeSpan? timeout = null)
        {
            using (var texts = new Native.Texts())
            {
                Native.Check(Native.iscb_post(handle, texts.Add(method), texts.Add(parameters),
                    Native.Milliseconds(timeout), userData));
            }
        }

        /// <summary>EventDelivery.Polling: the oldest event; null if none came in time. TimeSpan.Zero looks only.</summary>
        public BridgeEventArgs WaitEvent(TimeSpan timeout)
        {
            IntPtr found;
            int status = Native.iscb_wait_event(handle, Native.Milliseconds(timeout), out found);
            return Native.Check(status) == 0 ? null : Native.Taken(0, found, IntPtr.Zero, Native.ReadEvent);
        }

        public Task<string> ConnectAsync(TimeSpan? timeout = null) { return Task.Run(() => Connect(timeout)); }

        public Task<Job> SaveAsync(string path, SaveOptions options = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => Save(path, options, timeout));
        }

        public Task<Job> SaveAsAsync(string path, SaveOptions options = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => SaveAs(path, options, timeout));
        }

        public Task<Job> OpenAsync(string requestId = null, string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => Open(requestId, product, timeout));
        }

        public Task<Job> SolveAsync(string path, string requestId = null, string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => Solve(path, requestId, product, timeout));
        }

        public Task<Job> GetJobAsync(string id, TimeSpan? timeout = null) { return Task.Run(() => GetJob(id, timeout)); }

        public Task<Job> CancelAsync(string id, TimeSpan? timeout = null) { return Task.Run(() => Cancel(id, timeout)); }

        public Task<Job> TryAgainAsync(string id, TimeSpan? timeout = null) { return Task.Run(() => TryAgain(id, timeout)); }

        public Task<Job> ResolveAsync(string id, bool repeat, TimeSpan? timeout = null)
        {
            return Task.Run(() => Resolve(id, repeat, timeout));
        }

        public Task<FileStatus> GetFileStatusAsync(string path, TimeSpan? timeout = null)
        {
            return Task.Run(() => GetFileStatus(path, timeout));
        }

        public Task<License> CheckLicenseAsync(string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => CheckLicense(product, timeout));
        }

        public Task<License> ActivateLicenseAsync(string code, string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => ActivateLicense(code, product, timeout));
        }

        public Task<License> ReleaseLicenseAsync(string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => ReleaseLicense(product, timeout));
        }

        public Task<License> TransferLicenseAsync(string code, string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => TransferLicense(code, product, timeout));
        }

        public Task<string> SignInAsync(string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => SignIn(product, timeout));
        }

        public Task<string> SignOutAsync(string product = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => SignOut(product, timeout));
        }

        public Task<string> RequestAsync(string method, string parameters = null, TimeSpan? timeout = null)
        {
            return Task.Run(() => Request(method, parameters, timeout));
        }

        /// <summary>The job once it is final. There is no time-out: a person may take an hour over a dialog.</summary>
        public Task<Job> WaitAsync(string id, CancellationToken given = default(CancellationToken))
        {
            var ended = new TaskCompletionSource<Job>();
            CancellationTokenRegistration registration = given.Register(() => Finish(() => ended.TrySetCanceled()));
            bool lasts = IsConnected; // a bridge that goes away from now on is waited for
            var waiting = new Thread(() =>
            {
                WaitInSlices(id, ended, lasts);
                registration.Dispose();
            });
            waiting.IsBackground = true; // a thread of its own: waits may last, and the pool has few
            waiting.Start();
            return ended.Task;
        }

        /// <summary>Ends every wait. Called on the thread of a window it waits for no handler of that window.</summary>
        public void Dispose() { Close(Native.DefaultTimeout); }

        private void Close(int timeoutMs)
        {
            if (Interlocked.Exchange(ref disposed, 1) != 0)
            {
                return;
            }
            WeakReference<Client> gone;
            Clients.TryRemove(number, out gone);
            closing.Cancel(); // a callback that waits for room must not hold this up
            // By its number and not by letting go of the handle, which would wait for the calls that wait.
            Native.iscb_close(handle, timeoutMs);
            handle.SetHandleAsInvalid();
            handle.Dispose();
        }

        private static void DisposeAll()
        {
            foreach (WeakReference<Client> each in Clients.Values)
            {
                Client client;
                if (each.TryGetTarget(out client))
                {
                    client.Close(LeastTimeoutMs);
                }
            }
        }

        private static void OnNativeEvent(IntPtr native, IntPtr userData)
        {
            try
            {
                WeakReference<Client> found;
                Client client;
                if (Clients.TryGetValue(userData.ToInt64(), out found) && found.TryGetTarget(out client))
                {
                    client.Deliver(Native.ReadEvent(native));
                }
            }
            catch (Exception trouble) // nothing may be thrown into native code
            {
                Trace.TraceError(trouble.ToString());
            }
        }

        private static void Finish(Action action)
        {
            // What waits for the task must not run here: it may be slow, or dispose the client.
            ThreadPool.QueueUserWorkItem(ignored => action());
        }

        /// <summary>On the library's thread: raises an event here, or hands it to the context.</summary>
        private void Deliver(BridgeEventArgs given)
        {
            if (context == null)
            {
                RaiseHere(given);
                return;
            }
            try
            {
                room.Wait(closing.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            context.Post(ignored =>
            {
                room.Release();
                if (disposed == 0)
                {
                    Raise(given);
                }
            }, null);
        }

        private void Raise(BridgeEventArgs given)
        {
            EventReceived?.Invoke(this, given);
            switch (given.Kind)
            {
                case EventKind.Job:
                    JobChanged?.Invoke(this, given);
                    break;
                case EventKind.Opened:
                    FileOpened?.Invoke(this, given);
                    break;
                case EventKind.License:
                    LicenseChanged?.Invoke(this, given);
                    break;
            }
        }

        /// <summary>As Raise, where no window's loop would catch what a handler throws.</summary>
        private void RaiseHere(BridgeEventArgs given)
        {
            try
            {
                Raise(given);
            }
            catch (Exception trouble)
            {
                if (HandlerFailed == null)
                {
                    Trace.TraceError(trouble.ToString()); // better than nowhere
                }
                HandlerFailed?.Invoke(this, new UnhandledExceptionEventArgs(trouble, false));
            }
        }

        private Job SaveBy(Native.SaveCall call, string path, SaveOptions options, TimeSpan? timeout)
        {
            options = options ?? new SaveOptions();
            using (var texts = new Native.Texts())
            {
                var given = new Native.SaveOptionsLayout
                {
                    Size = (uint)Marshal.SizeOf(typeof(Native.SaveOptionsLayout)),
                    Assembly = options.Assembly ? 1 : 0,
                    Force = options.Force ? 1 : 0,
                    FileCount = (uint)(options.Files == null ? 0 : options.Files.Count),
                    Files = texts.AddList(options.Files),
                    Manifest = texts.Add(options.Manifest),
                    RequestId = texts.Add(options.RequestId),
                    Product = texts.Add(options.Product)
                };
                IntPtr found, error;
                int status = call(handle, texts.Add(path), ref given, Native.Milliseconds(timeout), out found, out error);
                return Native.Taken(status, found, error, Native.ReadJob);
            }
        }

        private Job JobBy(Native.JobCall call, string id, TimeSpan? timeout)
        {
            using (var texts = new Native.Texts())
            {
                IntPtr found, error;
                int status = call(handle, texts.Add(id), Native.Milliseconds(timeout), out found, out error);
                return Native.Taken(status, found, error, Native.ReadJob);
            }
        }

        /// <summary>`lasts`: the bridge was there, so that one that is away now is waited for.</summary>
        private void WaitInSlices(string id, TaskCompletionSource<Job> ended, bool lasts)
        {
            while (!ended.Task.IsCompleted)
            {
                try
                {
                    Job job = Wait(id, Slice);
                    Finish(() => ended.TrySetResult(job));
                    return;
                }
                catch (IscBridgeException trouble) when (trouble.Status == Status.Timeout)
                {
                    lasts = true;
                }
                catch (IscBridgeException trouble) when (
                    lasts && (trouble.Status == Status.NotRunning || trouble.Status == Status.Lost))
                {
                    closing.Token.WaitHandle.WaitOne(Pause);
                }
                catch (Exception trouble)
                {
                    Finish(() => ended.TrySetException(trouble));
                    return;
                }
            }
        }
    }
}
