// IscBridgeNative.cs: iscbridge_client.h for .NET, as far as IscBridge.cs needs it. Nothing here is for hosts.
//
// Texts are UTF-8 by hand, since .NET Framework marshals no UTF-8. Structs of the library are read by their own `size`:
// members that an older library does not have are 0 or empty.
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading;

namespace IscBridge
{
    internal static class Native
    {
        public const int DefaultTimeout = -1;
        public const uint AbiVersion = 1;
        private const string Library = "iscbridge_client";
        private const CallingConvention Convention = CallingConvention.Cdecl;
        // Beside the assembly, the program or the system: never the current folder.
        private const DllImportSearchPath Folders = DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories;

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        [UnmanagedFunctionPointer(Convention)]
        public delegate void EventCallback(IntPtr nativeEvent, IntPtr userData);

        public delegate int JobCall(ClientHandle client, IntPtr job, int timeoutMs, out IntPtr found, out IntPtr error);

        public delegate int SaveCall(ClientHandle client, IntPtr path, ref SaveOptionsLayout options, int timeoutMs,
            out IntPtr job, out IntPtr error);

        /// <summary>An open client. One that nobody disposed of is closed by the garbage collector, without waiting.</summary>
        public sealed class ClientHandle : SafeHandle
        {
            private ClientHandle() : base(IntPtr.Zero, true) { }

            public override bool IsInvalid { get { return handle == IntPtr.Zero; } }

            protected override bool ReleaseHandle()
            {
                iscb_close(handle, 0);
                return true;
            }
        }

        // The structs of the header, member by member, with its sizes and offsets on every platform.
#pragma warning disable 0649 // assigned by the marshaller
        [StructLayout(LayoutKind.Sequential)]
        public struct Config
        {
            public uint Size, AbiVersion;
            public IntPtr Host, HostVersion, Product, Language, Instance, Address, Home, StartCommand;
            public int TimeoutMs;
            public uint EventCapacity;
            public IntPtr OnEvent, UserData;
            public int All;
            public uint Flags;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct SaveOptionsLayout
        {
            public uint Size;
            public int Assembly, Force;
            public uint FileCount;
            public IntPtr Files, Manifest, RequestId, Product;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct ErrorLayout
        {
            public uint Size;
            public int Status, Retry;
            public IntPtr Code, Title, Message, Remedy, RequestId, Json;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct JobLayout
        {
            public uint Size;
            public int State, IsFinal, Assembly;
            public long Files, Bytes, Attempts;
            public IntPtr Job, Kind, StateText, Reason, Path, Cloud, HandedPath, ResultPath, ReplacedBy, RequestId;
            public IntPtr Error, Json;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct FileLayout
        {
            public uint Size;
            public int Busy, Opened, ReadOnly;
            public IntPtr Path, Job, Json;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct LicenseLayout
        {
            public uint Size;
            public int Managed, NewSave, OpenedSave, Open, Checking, DaysLeft;
            public IntPtr Product, State, Notice, RenewUrl, Error, Json;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct EventLayout
        {
            public uint Size;
            public int Kind, Status, ReadOnly;
            public ulong UserData, Dropped;
            public IntPtr Topic, Path, Job, License, Error, Json;
        }
#pragma warning restore 0649

        /// <summary>Texts on their way to the library: UTF-8 with a closing NUL, wiped when they go.</summary>
        public sealed class Texts : IDisposable
        {
            private readonly List<KeyValuePair<IntPtr, int>> blocks = new List<KeyValuePair<IntPtr, int>>();

            public IntPtr Add(string text)
            {
                if (text == null)
                {
                    return IntPtr.Zero;
                }
                if (text.IndexOf('\0') >= 0)
                {
                    throw Failure((int)Status.Argument, IntPtr.Zero); // it would end there, and name something else
                }
                byte[] bytes;
                try
                {
                    bytes = Strict.GetBytes(text + "\0");
                }
                catch (EncoderFallbackException)
                {
                    throw Failure((int)Status.Encoding, IntPtr.Zero);
                }
                IntPtr block = Block(bytes.Length);
                Marshal.Copy(bytes, 0, block, bytes.Length);
                Array.Clear(bytes, 0, bytes.Length);
                return block;
            }

            /// <summary>An array of texts that a NULL ends.</summary>
            public IntPtr AddList(IList<string> texts)
            {
                if (texts == null || texts.Count == 0)
                {
                    return IntPtr.Zero;
                }
                IntPtr block = Block((texts.Count + 1) * IntPtr.Size);
                for (int i = 0; i < texts.Count; ++i)
                {
                    Marshal.WriteIntPtr(block, i * IntPtr.Size, Add(texts[i]));
                }
                Marshal.WriteIntPtr(block, texts.Count * IntPtr.Size, IntPtr.Zero);
                return block;
            }

            public void Dispose()
            {
                foreach (KeyValuePair<IntPtr, int> block in blocks)
                {
                    Marshal.Copy(new byte[block.Value], 0, block.Key, block.Value); // it may be a licence code
                    Marshal.FreeHGlobal(block.Key);
                }
                blocks.Clear();
            }

            private IntPtr Block(int size)
            {
                IntPtr block = Marshal.AllocHGlobal(size);
                blocks.Add(new KeyValuePair<IntPtr, int>(block, size));
                return block;
            }
        }

        /// <summary>The client's own time-out for null; what can't be counted in milliseconds is as long as can be.</summary>
        public static int Milliseconds(TimeSpan? timeout)
        {
            if (timeout == null)
            {
                return DefaultTimeout;
            }
            double count = timeout.Value.TotalMilliseconds;
            bool forever = timeout.Value == Timeout.InfiniteTimeSpan || count > int.MaxValue;
            return forever ? int.MaxValue : count < 0 ? 0 : (int)Math.Ceiling(count);
        }

        public static int Check(int status)
        {
            if (status < 0)
            {
                throw Failure(status, IntPtr.Zero);
            }
            return status;
        }

        /// <summary>What the library gave, as an object, and freed; an error is thrown.</summary>
        public static T Taken<T>(int status, IntPtr found, IntPtr error, Func<IntPtr, T> read)
        {
            try
            {
                if (status < 0)
                {
                    throw Failure(status, error);
                }
                return read(found);
            }
            finally
            {
                iscb_free(found);
                iscb_free(error);
            }
        }

        public static IscBridgeException Failure(int status, IntPtr details)
        {
            return new IscBridgeException(ReadError(details) ?? new BridgeError
            {
                Status = Known((Status)status, Status.Internal),
                Code = "",
                Title = Text(iscb_status_text(status)),
                Message = "",
                Remedy = "",
                RequestId = "",
                Json = ""
            });
        }

        public static string Text(IntPtr utf8)
        {
            if (utf8 == IntPtr.Zero)
            {
                return "";
            }
            int length = 0;
            while (Marshal.ReadByte(utf8, length) != 0)
            {
                ++length;
            }
            var bytes = new byte[length];
            Marshal.Copy(utf8, bytes, 0, length);
            return Strict.GetString(bytes); // the library gives nothing else
        }

        public static BridgeError ReadError(IntPtr native)
        {
            if (native == IntPtr.Zero)
            {
                return null;
            }
            var error = Read<ErrorLayout>(native);
            return new BridgeError
            {
                Status = Known((Status)error.Status, Status.Internal),
                Retry = Known((Retry)error.Retry, Retry.No),
                Code = Text(error.Code),
                Title = Text(error.Title),
                Message = Text(error.Message),
                Remedy = Text(error.Remedy),
                RequestId = Text(error.RequestId),
                Json = Text(error.Json)
            };
        }

        public static Job ReadJob(IntPtr native)
        {
            if (native == IntPtr.Zero)
            {
                return null;
            }
            var job = Read<JobLayout>(native);
            return new Job
            {
                Id = Text(job.Job),
                State = Known((JobState)job.State, JobState.Other),
                StateText = Text(job.StateText),
                IsFinal = job.IsFinal != 0,
                IsAssembly = job.Assembly != 0,
                Files = job.Files,
                Bytes = job.Bytes,
                Attempts = job.Attempts,
                Kind = Text(job.Kind),
                Reason = Text(job.Reason),
                Path = Text(job.Path),
                Cloud = Text(job.Cloud),
                HandedPath = Text(job.HandedPath),
                ResultPath = Text(job.ResultPath),
                ReplacedBy = Text(job.ReplacedBy),
                RequestId = Text(job.RequestId),
                Error = ReadError(job.Error),
                Json = Text(job.Json)
            };
        }

        public static FileStatus ReadFile(IntPtr native)
        {
            var file = Read<FileLayout>(native);
            return new FileStatus
            {
                Path = Text(file.Path),
                IsBusy = file.Busy != 0,
                IsOpened = file.Opened != 0,
                IsReadOnly = file.ReadOnly != 0,
                Job = ReadJob(file.Job),
                Json = Text(file.Json)
            };
        }

        public static License ReadLicense(IntPtr native)
        {
            if (native == IntPtr.Zero)
            {
                return null;
            }
            var license = Read<LicenseLayout>(native);
            return new License
            {
                Product = Text(license.Product),
                State = Text(license.State),
                IsManaged = license.Managed != 0,
                MaySaveNew = license.NewSave != 0,
                MaySaveOpened = license.OpenedSave != 0,
                MayOpen = license.Open != 0,
                IsChecking = license.Checking != 0,
                DaysLeft = license.DaysLeft,
                Notice = Text(license.Notice),
                RenewUrl = Text(license.RenewUrl),
                Error = ReadError(license.Error),
                Json = Text(license.Json)
            };
        }

        public static BridgeEventArgs ReadEvent(IntPtr native)
        {
            var given = Read<EventLayout>(native);
            return new BridgeEventArgs
            {
                Kind = Known((EventKind)given.Kind, EventKind.Other),
                Status = Known((Status)given.Status, Status.Internal),
                IsReadOnly = given.ReadOnly != 0,
                UserData = given.UserData,
                Dropped = given.Dropped,
                Topic = Text(given.Topic),
                Path = Text(given.Path),
                Job = ReadJob(given.Job),
                License = ReadLicense(given.License),
                Error = ReadError(given.Error),
                Json = Text(given.Json)
            };
        }

        /// <summary>No more of a struct than its first member says; the rest is 0.</summary>
        public static T Read<T>(IntPtr native) where T : struct
        {
            int own = Marshal.SizeOf(typeof(T));
            var bytes = new byte[own];
            Marshal.Copy(native, bytes, 0, (int)Math.Min((uint)Marshal.ReadInt32(native), (uint)own));
            GCHandle pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            try
            {
                return (T)Marshal.PtrToStructure(pinned.AddrOfPinnedObject(), typeof(T));
            }
            finally
            {
                pinned.Free();
            }
        }

        private static T Known<T>(T value, T otherwise) where T : struct
        {
            return Enum.IsDefined(typeof(T), value) ? value : otherwise;
        }

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern uint iscb_struct_size(uint which);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        private static extern IntPtr iscb_status_text(int status);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        private static extern void iscb_free(IntPtr given);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_find_address(IntPtr home, out IntPtr address);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_create(ref Config config, out ClientHandle client);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_close(ClientHandle client, int timeoutMs);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        private static extern int iscb_close(IntPtr client, int timeoutMs);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_connect(ClientHandle client, int timeoutMs, out IntPtr hello, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_is_connected(ClientHandle client);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_save(ClientHandle client, IntPtr path, ref SaveOptionsLayout options, int timeoutMs,
            out IntPtr job, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_save_as(ClientHandle client, IntPtr path, ref SaveOptionsLayout options, int timeoutMs,
            out IntPtr job, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_open(ClientHandle client, IntPtr requestId, IntPtr product, int timeoutMs,
            out IntPtr job, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_solve(ClientHandle client, IntPtr path, IntPtr requestId, IntPtr product,
            int timeoutMs, out IntPtr job, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_job_get(ClientHandle client, IntPtr job, int timeoutMs, out IntPtr found,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_job_wait(ClientHandle client, IntPtr job, int timeoutMs, out IntPtr found,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_job_cancel(ClientHandle client, IntPtr job, int timeoutMs, out IntPtr found,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_job_retry(ClientHandle client, IntPtr job, int timeoutMs, out IntPtr found,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_job_resolve(ClientHandle client, IntPtr job, int repeat, int timeoutMs,
            out IntPtr found, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_file_status(ClientHandle client, IntPtr path, int timeoutMs, out IntPtr file,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_check(ClientHandle client, IntPtr product, int timeoutMs, out IntPtr license,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_activate(ClientHandle client, IntPtr product, IntPtr code, int timeoutMs,
            out IntPtr license, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_release(ClientHandle client, IntPtr product, int timeoutMs,
            out IntPtr license, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_transfer(ClientHandle client, IntPtr product, IntPtr code, int timeoutMs,
            out IntPtr license, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_sign_in(ClientHandle client, IntPtr product, int timeoutMs, out IntPtr url,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_license_sign_out(ClientHandle client, IntPtr product, int timeoutMs, out IntPtr url,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_bridge_status(ClientHandle client, int timeoutMs, out IntPtr status,
            out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_request(ClientHandle client, IntPtr method, IntPtr parameters, int timeoutMs,
            out IntPtr result, out IntPtr error);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_post(ClientHandle client, IntPtr method, IntPtr parameters, int timeoutMs,
            ulong userData);

        [DllImport(Library, CallingConvention = Convention, ExactSpelling = true), DefaultDllImportSearchPaths(Folders)]
        public static extern int iscb_wait_event(ClientHandle client, int timeoutMs, out IntPtr nativeEvent);
    }
}
