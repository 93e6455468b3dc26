// Saves files to the cloud without ever making a window wait: what a host in .NET does.
//
//     mcs -out:SaveFromCSharp.exe SaveFromCSharp.cs ../bindings/csharp/*.cs        (csc.exe takes the same)
//     SaveFromCSharp.exe ADDRESS FILE...        ADDRESS "-": that of this user's bridge
//
// The native library lies beside the program. Exit code: 0 all done, 1 not all, 2 called wrongly.
using System;
using System.Linq;
using System.Threading.Tasks;
using IscBridge;

internal static class SaveFromCSharp
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 2)
        {
            Console.Error.WriteLine("usage: SaveFromCSharp ADDRESS FILE...");
            return 2;
        }
        var options = new ClientOptions { Host = "C# example", Address = arguments[0] == "-" ? null : arguments[0] };
        using (var client = new Client(options))
        {
            // With a window these come on its thread; a console has no such thread. How a job ended is what the wait
            // tells: this program may be over before the event comes.
            client.JobChanged += (sender, e) =>
            {
                if (!e.Job.IsFinal)
                {
                    Show(e.Job);
                }
            };
            // A program with a window awaits here. Main may wait.
            bool[] done = Task.WhenAll(arguments.Skip(1).Select(path => SaveToCloud(client, path))).Result;
            return done.All(each => each) ? 0 : 1;
        }
    }

    private static async Task<bool> SaveToCloud(Client client, string path)
    {
        try
        {
            Job job = await client.SaveAsync(path); // it is in the bridge's journal: from here nothing loses it
            Job end = await client.WaitAsync(job.Id);
            Show(end);
            if (end.Error != null)
            {
                Show(end.Error);
            }
            return end.State == JobState.Done;
        }
        catch (IscBridgeException trouble)
        {
            Show(trouble.Error);
            return false;
        }
    }

    private static void Show(Job job) { Console.WriteLine("{0}: {1}", job.Path, job.StateText); }

    private static void Show(BridgeError error)
    {
        Console.Error.WriteLine("{0}\n{1}\n{2}\n({3})", error.Title, error.Message, error.Remedy, error.Code);
    }
}
