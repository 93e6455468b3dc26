// IscBridgeTypes.cs: what IscBridge.cs is given and gives; iscbridge_client.h has the meaning of each.
using System;
using System.Collections.Generic;
using System.Threading;

namespace IscBridge
{
    /// <summary>What a call of the library answers; below zero is an error.</summary>
    public enum Status
    {
        Ok = 0, Argument = -1, Abi = -2, Memory = -3, Closed = -4, Timeout = -5, NotRunning = -6, ForeignOwner = -7,
        Lost = -8, Refused = -9, Protocol = -10, Encoding = -11, TooLarge = -12, Full = -13, Start = -14,
        Unsupported = -15, Internal = -16
    }

    /// <summary>Whether the same may be tried again.</summary>
    public enum Retry { No = 0, Same = 1, AfterFix = 2 }

    /// <summary>States of a job. Other is one of a later version: look at Job.StateText.</summary>
    public enum JobState
    {
        Other = 0, Accepted = 1, Captured = 2, Waiting = 3, Submitted = 4, Done = 5, Failed = 6, Refused = 7,
        Cancelled = 8, Replaced = 9, Unknown = 10
    }

    public enum EventKind
    {
        Other = 0, Connected = 1, Lost = 2, Job = 3, Opened = 4, License = 5, Answer = 6, Dropped = 7
    }

    /// <summary>Where events are raised.</summary>
    public enum EventDelivery
    {
        /// <summary>On the SynchronizationContext of the options; without one, as LibraryThread.</summary>
        Context,
        /// <summary>On a thread of the library: a window must be left alone there.</summary>
        LibraryThread,
        /// <summary>Nowhere: Client.WaitEvent takes them.</summary>
        Polling
    }

    /// <summary>What went wrong. Show Title, Message and Remedy to the person; decide by Code. Never null.</summary>
    public sealed class BridgeError
    {
        public Status Status { get; internal set; }
        public Retry Retry { get; internal set; }
        public string Code { get; internal set; }
        public string Title { get; internal set; }
        public string Message { get; internal set; }
        public string Remedy { get; internal set; }
        public string RequestId { get; internal set; }
        public string Json { get; internal set; }
    }

    /// <summary>A call that failed. Message says what happened and what it means.</summary>
    public sealed class IscBridgeException : Exception
    {
        internal IscBridgeException(BridgeError error) : base(error.Message.Length > 0 ? error.Message : error.Title)
        {
            Error = error;
        }

        public BridgeError Error { get; }
        public Status Status { get { return Error.Status; } }
        public Retry Retry { get { return Error.Retry; } }
        public string Code { get { return Error.Code; } }
        public string Title { get { return Error.Title; } }
        public string Remedy { get { return Error.Remedy; } }
        /// <summary>Of a save and its like: SaveOptions.RequestId to repeat it, and it stays one job.</summary>
        public string RequestId { get { return Error.RequestId; } }
    }

    /// <summary>One Save, Save-as, Open or Solve as it was when it was told. Absent texts are empty.</summary>
    public sealed class Job
    {
        public string Id { get; internal set; }
        public JobState State { get; internal set; }
        public string StateText { get; internal set; }
        public bool IsFinal { get; internal set; }
        public bool IsAssembly { get; internal set; }
        public long Files { get; internal set; }
        public long Bytes { get; internal set; }
        public long Attempts { get; internal set; }
        public string Kind { get; internal set; }
        public string Reason { get; internal set; }
        public string Path { get; internal set; }
        public string Cloud { get; internal set; }
        public string HandedPath { get; internal set; }
        public string ResultPath { get; internal set; }
        public string ReplacedBy { get; internal set; }
        public string RequestId { get; internal set; }
        /// <summary>Why it is failed, refused or unknown; else null.</summary>
        public BridgeError Error { get; internal set; }
        public string Json { get; internal set; }
    }

    /// <summary>What the bridge knows of a file.</summary>
    public sealed class FileStatus
    {
        public string Path { get; internal set; }
        public bool IsBusy { get; internal set; }
        public bool IsOpened { get; internal set; }
        public bool IsReadOnly { get; internal set; }
        /// <summary>Its newest save; null: none.</summary>
        public Job Job { get; internal set; }
        public string Json { get; internal set; }
    }

    /// <summary>What a product may do now. Decide by the three permissions, never by the name of the state.</summary>
    public sealed class License
    {
        public string Product { get; internal set; }
        public string State { get; internal set; }
        public bool IsManaged { get; internal set; }
        public bool MaySaveNew { get; internal set; }
        public bool MaySaveOpened { get; internal set; }
        public bool MayOpen { get; internal set; }
        public bool IsChecking { get; internal set; }
        /// <summary>-1: not told.</summary>
        public int DaysLeft { get; internal set; }
        public string Notice { get; internal set; }
        public string RenewUrl { get; internal set; }
        /// <summary>Why new cloud work is not allowed; else null.</summary>
        public BridgeError Error { get; internal set; }
        public string Json { get; internal set; }
    }

    /// <summary>One event. What its kind does not name is null, empty or 0.</summary>
    public sealed class BridgeEventArgs : EventArgs
    {
        public EventKind Kind { get; internal set; }
        public Status Status { get; internal set; }
        public bool IsReadOnly { get; internal set; }
        public ulong UserData { get; internal set; }
        public ulong Dropped { get; internal set; }
        public string Topic { get; internal set; }
        public string Path { get; internal set; }
        public Job Job { get; internal set; }
        public License License { get; internal set; }
        public BridgeError Error { get; internal set; }
        public string Json { get; internal set; }
    }

    /// <summary>What a client is told; iscb_config has the meaning of each. Only Host is required.</summary>
    public sealed class ClientOptions
    {
        public string Host { get; set; }
        public string HostVersion { get; set; }
        public string Product { get; set; }
        public string Language { get; set; }
        public string Instance { get; set; }
        public string Address { get; set; }
        public string Home { get; set; }
        /// <summary>Program (an absolute path) and arguments that start a bridge if none runs; null: none is started.</summary>
        public IList<string> StartCommand { get; set; }
        public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
        public int EventCapacity { get; set; }
        public bool AllHosts { get; set; }
        public EventDelivery Delivery { get; set; }
        /// <summary>For EventDelivery.Context; null: the current one when the client is made.</summary>
        public SynchronizationContext Context { get; set; }
    }

    public sealed class SaveOptions
    {
        public bool Assembly { get; set; }
        public bool Force { get; set; }
        public IList<string> Files { get; set; }
        public string Manifest { get; set; }
        public string RequestId { get; set; }
        public string Product { get; set; }
    }
}
