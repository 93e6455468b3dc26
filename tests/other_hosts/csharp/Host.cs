// A host in C# for the tests. Its main thread runs a loop like that of a window; a line on the standard input is a command,
// a line on the standard output is what came of it, or an event. Fields are separated by tabs.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using IscBridge;

/// <summary>What WinForms and WPF have: what is posted runs on the thread of the loop, in its order.</summary>
internal sealed class Loop : SynchronizationContext
{
    private readonly BlockingCollection<Action> queue = new BlockingCollection<Action>();
    public readonly Thread Thread = Thread.CurrentThread;

    public override void Post(SendOrPostCallback d, object state) { queue.Add(() => d(state)); }

    /// <summary>What is posted afterwards stays where it is, as with a window that is closed.</summary>
    public void End() { queue.Add(null); }

    public void Run()
    {
        for (Action each = queue.Take(); each != null; each = queue.Take())
        {
            each();
        }
    }
}

internal static class Host
{
    private static readonly TextWriter Out = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
    private static readonly TextReader In = new StreamReader(Console.OpenStandardInput(), new UTF8Encoding(false));
    private static readonly Loop Window = new Loop();
    private static readonly ManualResetEventSlim MayGoOn = new ManualResetEventSlim();
    private static Client client;
    private static string heard = ""; // what the handler does besides telling

    private static int Main(string[] arguments)
    {
        if (arguments[0] == "layout")
        {
            return TellLayout();
        }
        SynchronizationContext.SetSynchronizationContext(Window);
        client = new Client(OptionsOf(arguments));
        client.EventReceived += Tell;
        client.HandlerFailed += (sender, e) => Say("failed", ((Exception)e.ExceptionObject).Message);
        var reading = new Thread(Read) { IsBackground = true };
        reading.Start();
        Window.Run();
        client.Dispose();
        return 0;
    }

    private static ClientOptions OptionsOf(string[] arguments)
    {
        var options = new ClientOptions { Host = "C# host 主机", Home = arguments[1], Product = "a-cad" };
        options.Delivery = (EventDelivery)Enum.Parse(typeof(EventDelivery), arguments[0]);
        if (arguments.Length > 2)
        {
            options.StartCommand = arguments.Skip(2).ToList();
        }
        return options;
    }

    private static void Read()
    {
        for (string line = In.ReadLine(); line != null; line = In.ReadLine())
        {
            string[] words = line.Split('\t');
            if (words[1] == "go on") // not by the loop: it may be what waits
            {
                MayGoOn.Set();
                continue;
            }
            Window.Post(ignored => Answer(words), null);
        }
        MayGoOn.Set();
        Window.End();
    }

    private static async void Answer(string[] words)
    {
        try
        {
            string given = await Do(words[1], words.Skip(2).Concat(new[] { null, "", "" }).ToArray());
            Say("answer", words[0], Thread.CurrentThread == Window.Thread ? "window" : "other", given);
        }
        catch (IscBridgeException trouble)
        {
            Say("error", words[0], trouble.Status.ToString(), trouble.Code, trouble.Title, trouble.Message, trouble.Remedy,
                trouble.RequestId, trouble.Retry.ToString());
        }
        catch (Exception trouble)
        {
            Say("error", words[0], trouble.GetType().Name);
        }
    }

    private static async Task<string> Do(string command, string[] a)
    {
        switch (command)
        {
            case "connect": return await client.ConnectAsync();
            case "connected": return client.IsConnected ? "yes" : "no";
            case "address": return Client.FindAddress(a[0]);
            case "save": return Shown(await client.SaveAsync(a[0], new SaveOptions { RequestId = a[1] }));
            case "saveBroken": return Shown(await client.SaveAsync("/a\ud800.FCStd"));
            case "saveCut": return Shown(await client.SaveAsync("/a\0.FCStd"));
            case "saveAssembly":
                return Shown(await client.SaveAsync(a[0], new SaveOptions { Assembly = true, Files = a[1].Split('|') }));
            case "saveAs": return Shown(await client.SaveAsAsync(a[0]));
            case "open": return Shown(await client.OpenAsync());
            case "solve": return Shown(await client.SolveAsync(a[0]));
            case "get": return Shown(await client.GetJobAsync(a[0]));
            case "wait": return Shown(await client.WaitAsync(a[0]));
            case "waitGivenUp":
                using (var source = new CancellationTokenSource())
                {
                    Task<Job> waiting = client.WaitAsync(a[0], source.Token);
                    source.Cancel();
                    return Shown(await waiting);
                }
            case "cancel": return Shown(await client.CancelAsync(a[0]));
            case "again": return Shown(await client.TryAgainAsync(a[0]));
            case "resolve": return Shown(await client.ResolveAsync(a[0], a[1] == "repeat"));
            case "file": return Shown(await client.GetFileStatusAsync(a[0]));
            case "license": return Shown(await client.CheckLicenseAsync(a[0].Length > 0 ? a[0] : null));
            case "activate": return Shown(await client.ActivateLicenseAsync(a[0], a[1]));
            case "release": return Shown(await client.ReleaseLicenseAsync(a[0]));
            case "transfer": return Shown(await client.TransferLicenseAsync(a[0], a[1]));
            case "signIn": return await client.SignInAsync(a[0]);
            case "signOut": return await client.SignOutAsync(a[0]);
            case "status": return await Task.Run(() => client.GetBridgeStatus());
            case "request": return await client.RequestAsync(a[0], a[1]);
            case "post":
                client.Post(a[0], a[1], 0xFEDCBA9876543210);
                return "";
            case "poll":
                BridgeEventArgs found = await Task.Run(() => client.WaitEvent(TimeSpan.FromMilliseconds(int.Parse(a[0]))));
                if (found != null)
                {
                    Tell(null, found);
                }
                return found == null ? "nothing" : found.Kind.ToString();
            case "heard":
                heard = a[0];
                return "";
            case "dispose":
                client.Dispose();
                return "";
            case "late": return client.GetBridgeStatus();
            case "drop": return await Drop(a[0]);
            default: return "?";
        }
    }

    /// <summary>
    /// Clients that nobody keeps: how many are there after a while. Without callbacks: Mono looks for references on
    /// stacks by guessing, and finds there what a callback has left behind.
    /// </summary>
    private static async Task<string> Drop(string home)
    {
        var dropped = new List<WeakReference>();
        for (int i = 0; i < 10; ++i)
        {
            var making = new Thread(() => dropped.Add(Made(home))); // what is left on its stack goes with it
            making.Start();
            making.Join();
        }
        for (int i = 0; i < 300 && dropped.Count(each => each.IsAlive) > 2; ++i)
        {
            await Task.Delay(10);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return dropped.Count(each => each.IsAlive).ToString();
    }

    private static WeakReference Made(string home)
    {
        var other = new Client(new ClientOptions { Host = "dropped", Home = home, Delivery = EventDelivery.Polling });
        other.Connect();
        return new WeakReference(other);
    }

    private static void Tell(object sender, BridgeEventArgs e)
    {
        string thread = Thread.CurrentThread == Window.Thread ? "window" : "other";
        Say("event", thread, e.Kind.ToString(), e.Topic, e.Job == null ? "" : e.Job.Id, e.Job == null ? "" : e.Job.StateText,
            e.Path, e.IsReadOnly ? "read-only" : "", e.Status.ToString(), e.UserData.ToString("x"), e.Json);
        if (heard == "throw")
        {
            throw new InvalidOperationException("thrown by a handler 壳");
        }
        if (heard == "hang")
        {
            MayGoOn.Wait();
        }
        if (heard == "dispose")
        {
            client.Dispose();
            Say("disposed");
        }
    }

    private static string Shown(Job job)
    {
        return Shown(new object[] { job.Id, job.State, job.StateText, job.IsFinal, job.Kind, job.Path, job.ResultPath,
            job.Cloud, job.Error == null ? "" : job.Error.Code, job.RequestId, job.Bytes, job.Files, job.Json });
    }

    private static string Shown(FileStatus file)
    {
        return Shown(new object[] { file.Path, file.IsBusy, file.IsOpened, file.IsReadOnly,
            file.Job == null ? "" : file.Job.Id, file.Json });
    }

    private static string Shown(License license)
    {
        return Shown(new object[] { license.Product, license.State, license.IsManaged, license.MaySaveNew,
            license.MaySaveOpened, license.MayOpen, license.IsChecking, license.DaysLeft,
            license.Error == null ? "" : license.Error.Code, license.Json });
    }

    private static string Shown(IEnumerable<object> values) { return string.Join("\n", values); }

    private static void Say(params string[] fields)
    {
        IEnumerable<string> escaped = fields.Select(
            each => (each ?? "").Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\t", "\\t").Replace("\r", "\\r"));
        lock (Out)
        {
            Out.WriteLine(string.Join("\t", escaped));
            Out.Flush();
        }
    }

    /// <summary>Sizes and offsets of every mirrored struct.</summary>
    private static int TellLayout()
    {
        Type[] structs = { typeof(Native.Config), typeof(Native.SaveOptionsLayout), typeof(Native.ErrorLayout),
            typeof(Native.JobLayout), typeof(Native.FileLayout), typeof(Native.LicenseLayout), typeof(Native.EventLayout) };
        for (int i = 0; i < structs.Length; ++i)
        {
            int own = Marshal.SizeOf(structs[i]);
            Say((i + 1).ToString(), "size", own.ToString(), Native.iscb_struct_size((uint)i + 1).ToString());
            foreach (System.Reflection.FieldInfo field in structs[i].GetFields())
            {
                Say((i + 1).ToString(), field.Name, Marshal.OffsetOf(structs[i], field.Name).ToString());
            }
        }
        return 0;
    }
}
