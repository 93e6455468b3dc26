"""What the bridge says of licences, the store, secrets, settings and the device, in English. Part of `en.py`."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-SET-MACHINE-RIGHTS": (
        "What was set for all users is not believed",
        "“{path}” counts for every user of this computer, but not only its administrators may change it ({detail}). It is ignored; everything else is in force.",
        "Tell the administrator of this computer: after a look at what stands in it, its rights have to be set as docs/administration.md says under “The folder for all users”. Then start ISCBridge again.",
    ),
    "ISCB-LIC-SIGN-IN-CANCELLED": (
        "The sign-in was not completed",
        "The browser came back without a sign-in for “{product}”: it was cancelled, or refused. Nothing was changed, and local work is not affected.",
        "Sign in again. If it is refused again, ask your administrator whether your account may use the product.",
    ),
    "ISCB-LIC-SIGN-IN-ENDED": (
        "The sign-in was ended",
        "The sign-in for “{product}” was ended here before the browser came back: by signing out, or by another sign-in that was begun. Nothing was changed.",
        "Sign in again if you want to.",
    ),
    "ISCB-LIC-SIGN-IN-LATE": (
        "Nobody came back from the browser",
        "The sign-in for “{product}” was not finished in the browser within {minutes} minutes, so it was closed. Nothing was changed, and local work is not affected.",
        "Sign in again when you have the time.",
    ),
    "ISCB-LIC-SIGN-IN-PORT": (
        "The browser has no way back",
        "Signing in for “{product}” needs an address of this computer that only this computer can reach, and the system gave none. Nothing was changed, and local work is not affected.",
        "Try again. If this stays, ask your administrator whether a security program forbids ISCBridge to listen at 127.0.0.1.",
    ),
    "ISCB-LIC-NO-SIGN-IN": (
        "Nobody signs in for this licence",
        "The licence of “{product}” does not come from a vendor's relay, so nobody has to sign in for it. Nothing was changed.",
        "Nothing has to be done. If the vendor told you to sign in, ask for the newest policy file.",
    ),
    "ISCB-LIC-NO-SEAT": (
        "This licence has no seats",
        "The licence of “{product}” does not come from a vendor's relay, so it has no seat that could be given back or taken over. Nothing was changed.",
        "To stop using the licence here, take it off this computer.",
    ),
    "ISCB-LIC-RELAY-POLICY": (
        "The policy file names no relay",
        "The vendor's policy for “{product}” says that a relay answers, but has no usable address of it, or no key of its licences. Local work is not affected.",
        "Ask your administrator for the vendor's newest policy file, then start ISCBridge again.",
    ),
    "ISCB-LIC-LEASE-REPLAY": (
        "The relay answered another question",
        "The licence that came was not made for this request, and is not believed. Nothing changes for your work.",
        "It is asked for again by itself. If this stays, tell your administrator: somebody may stand between this computer and the relay.",
    ),
    "ISCB-STORE-REFUSED": (
        "The store refused what was sent to it",
        "The store will not take this, however often it is sent ({storeCode}). Nothing else is affected by it.",
        "The vendor compares what was sent with the store's documentation of this code; a licence server lists it, and can send it again once the cause is gone.",
    ),
    "ISCB-LIC-LEASE-DEVICE": (
        "The licence is for another computer",
        "The relay's answer was made for another computer, and is not believed here. Nothing changes for your work.",
        "It is asked for again by itself. If this stays, tell the vendor of the CAD application.",
    ),
    "ISCB-LIC-LEASE-PRODUCT": (
        "The relay answered for another product",
        "“{product}” was asked for, and the licence is for “{found}”. Nothing changes for your work.",
        "Tell the vendor of the CAD application.",
    ),
    "ISCB-LIC-LEASE-SIGNATURE": (
        "The licence was not signed by the vendor",
        "The answer that came in the name of the vendor's relay has no good signature, and is not believed. Nothing changes for your work.",
        "Tell your administrator: somebody may stand between this computer and the relay.",
    ),
    "ISCB-LIC-LEASE-KEY": (
        "The relay signs with a key that is not known here",
        "The licence was signed with the key “{key}”, and the vendor's policy file on this computer does not have it. Nothing changes for your work.",
        "Ask your administrator for the vendor's newest policy file.",
    ),
    "ISCB-LIC-LEASE-FORMAT": (
        "The relay's answer can't be used",
        "The licence that the vendor's relay gave is not in its form: {detail}. Nothing changes for your work.",
        "It is asked for again by itself. If this stays, tell the vendor of the CAD application.",
    ),
    "ISCB-LIC-NO-POLICY": (
        "No licence is managed for this product",
        "No vendor's policy on this computer names the product “{product}”, so ISCBridge keeps no licence for it. Cloud work with it is not restricted.",
        "Check the product's name. If it does need a licence, install the policy file that its vendor supplies.",
    ),
    "ISCB-LIC-NOT-ACTIVATED": (
        "The licence is not activated",
        "No licence of “{product}” is active on this computer, so nothing new goes to the cloud. Working and saving on this computer is not affected.",
        "Enter the authorisation code of the licence once, then save to the cloud again.",
    ),
    "ISCB-LIC-EXPIRED": (
        "The licence has expired",
        "The licence of “{product}” has expired, so nothing new goes to the cloud. What was accepted is still finished, files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Renew the licence at {url}, then check it again; no code has to be entered.",
    ),
    "ISCB-LIC-EXPIRED-NO-URL": (
        "The licence has expired",
        "The licence of “{product}” has expired, so nothing new goes to the cloud. What was accepted is still finished, files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Renew the licence in the store where it was bought, then check it again; no code has to be entered.",
    ),
    "ISCB-LIC-FROZEN": (
        "The licence is frozen",
        "The licence of “{product}” is frozen, so nothing new goes to the cloud. What was accepted is still finished, files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Renew the licence at {url}, then check it again; no code has to be entered.",
    ),
    "ISCB-LIC-FROZEN-NO-URL": (
        "The licence is frozen",
        "The licence of “{product}” is frozen, so nothing new goes to the cloud. What was accepted is still finished, files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Renew the licence in the store where it was bought, then check it again; no code has to be entered.",
    ),
    "ISCB-LIC-RELEASED": (
        "The licence was given back",
        "The licence of “{product}” was given back or refunded and will not come back, so nothing new goes to the cloud. What was accepted is still finished, files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Enter a new authorisation code.",
    ),
    "ISCB-LIC-REFUSED": (
        "The licence is not accepted",
        "The licence of “{product}” was not accepted, so nothing new goes to the cloud. What was accepted before is still finished, and work on this computer is not affected.",
        "Check the authorisation code and enter it again. If that does not help, ask the vendor of the product.",
    ),
    "ISCB-LIC-GRACE-OVER": (
        "The licence could not be checked for too long",
        "The licence of “{product}” could not be checked for longer than it may stay offline, so nothing new goes to the cloud until it was. Nothing was lost, and work on this computer is not affected.",
        "Connect once to the network; one successful check is enough, and no code has to be entered.",
    ),
    "ISCB-LIC-CLOCK": (
        "The computer's clock was set back",
        "The clock of this computer shows a time that had passed before, so the days of the licence of “{product}” can't be counted. Nothing new goes to the cloud until then; work on this computer is not affected.",
        "Set the computer's clock right, or connect to the network: one successful check is enough.",
    ),
    "ISCB-LIC-MACHINE": (
        "The licence was activated on another computer",
        "The licence of “{product}” that lies here was activated on another computer, so nothing new goes to the cloud. Files that were opened before can still be saved for 15 days, and work on this computer is not affected.",
        "Activate the licence again on this computer.",
    ),
    "ISCB-LIC-ACTIVATION-OPEN": (
        "The activation is not confirmed yet",
        "The activation of “{product}” could not be confirmed: no certain answer came. The code is kept, and ISCBridge asks again by itself until it is settled.",
        "Nothing has to be done. If the network is down, connect it; the code need not be entered again.",
    ),
    "ISCB-LIC-BUSY": (
        "Something is being done with the licence already",
        "The licence of “{product}” is being activated, or its seat given back, just now. Nothing was changed by this request.",
        "Wait until it is finished, then look at the licence again.",
    ),
    "ISCB-LIC-BY-DESK": (
        "This licence comes through ISCDesk",
        "The licence of “{product}” is delivered by ISCDesk; there is no code to enter. Nothing was changed.",
        "Sign in to ISCDesk with the account that the licence was assigned to.",
    ),
    "ISCB-LIC-LOADING": (
        "The licence is still being read",
        "ISCBridge has just started and does not know yet how the licence of “{product}” stands. Saves are taken and kept safe meanwhile.",
        "Wait a few seconds and try again.",
    ),
    "ISCB-LIC-NO-ANSWER": (
        "No answer about the licence yet",
        "The licence of “{product}” could not be checked in time. Nothing has changed; ISCBridge goes on trying.",
        "Check the network connection. Work goes on as before.",
    ),
    "ISCB-LIC-CODE-LOST": (
        "The licence code is not there any more",
        "The code of “{product}” is no longer in this computer's secret store. What was saved is safe, and local work goes on.",
        "Enter the licence code again.",
    ),
    "ISCB-LIC-NO-AUTHORITY": (
        "Nobody can answer for this licence",
        "The vendor's policy for “{product}” names “{authority}”, which this version of ISCBridge can't ask. Local work is not affected.",
        "Ask the vendor of the software for a policy file that fits this version.",
    ),
    "ISCB-SECRET-FILE-SHARED": (
        "The file is not private",
        "“{path}” belongs to another user, or other users of this computer may read or change it. A secret in it is no longer one, so it was not used. Nothing was changed.",
        "Put the code or key into a file that belongs to you and that only you may read, for example after “chmod 600” on Linux or in your own user folder on Windows, and delete this one.",
    ),
    "ISCB-STORE-NO-KEYS": (
        "No keys for the store",
        "This computer holds no access keys for the store, so the licence of “{product}” can't be checked. Nothing has changed.",
        "On a vendor's test machine: put the keys in with “iscbridge license keys”. On all others the vendor's relay is the way.",
    ),
    "ISCB-SET-POLICY": (
        "A policy file can't be used",
        "The policy file “{path}” can't be used: {detail}. Products that only it names are not restricted.",
        "Put the vendor's policy file there again.",
    ),
    "ISCB-SET-POLICY-VALUE": (
        "A value in a policy file can't be used",
        "In the policy file “{path}” the value of “{key}” can't be used. “{value}” holds instead.",
        "Ask the vendor of the software for a corrected policy file.",
    ),
    # secrets
    "ISCB-SECRET-NONE": (
        "There is no safe place for secrets",
        "This computer has no keyring that ISCBridge can keep licence codes and keys in. Nothing was stored; local work and saves that were accepted go on.",
        "Log on to a desktop with a keyring (GNOME Keyring, KWallet). For a computer without one, a file that only you may read can be used: type “iscbridge config set secrets.store file”, and start ISCBridge again.",
    ),
    "ISCB-SECRET-LOCKED": (
        "The keyring is locked",
        "The place where licence codes and keys are kept does not open now ({detail}). Local work and saves that were accepted go on.",
        "Unlock the keyring of your desktop, if it asks for its password; ISCBridge tries again by itself.",
    ),
    "ISCB-SECRET-IO": (
        "A secret could not be stored or read",
        "The place where licence codes and keys are kept answered with an error: {detail}. What was stored before is as it was; local work and saves that were accepted go on.",
        "Try again. If it happens again, restart the computer and check that the drive of your profile has room.",
    ),
    "ISCB-SECRET-EXPOSED": (
        "The file of secrets is open to others",
        "“{path}” can be read or written by other users, belongs to somebody else, or is no ordinary file. It was not used; local work and saves that were accepted go on.",
        "Make the file yours alone (chmod 600). If others could read this computer's files, ask for a new licence code and new keys.",
    ),
    "ISCB-SECRET-DAMAGED": (
        "The file of secrets can't be read",
        "“{path}” is not as ISCBridge writes it. It was left as it is; local work and saves that were accepted go on.",
        "Put back a good copy of the file. If there is none, move it away and enter the licence code again.",
    ),
    # settings
    "ISCB-SET-FILE": (
        "The settings file can't be understood",
        "“{path}” is not valid TOML (line {line}). The default settings are in force; work goes on.",
        "Correct that line; quotes around words are what is missing most often. Then start ISCBridge again.",
    ),
    "ISCB-SET-UNREADABLE": (
        "The settings file can't be read",
        "“{path}” could not be read: {detail}. The default settings are in force; work goes on.",
        "Check that you may read the file, and start ISCBridge again.",
    ),
    "ISCB-SET-VALUE": (
        "A setting has a value that can't be used",
        "The setting {key} can be: {allowed}. What stands there is something else, so the default is in force; work goes on.",
        "Correct the setting and start ISCBridge again. A user name or password never belongs in a setting: give those of a proxy with “iscbridge license proxy-login”.",
    ),
    "ISCB-SET-UNKNOWN": (
        "A setting is not known",
        "This ISCBridge has no setting {key}. It was passed over; all others are in force.",
        "Check how it is written. If it belongs to a newer version, nothing need be done.",
    ),
    "ISCB-SET-SET-ASIDE": (
        "The settings file was set aside",
        "“{path}” could not be understood, so it was renamed to “{aside}”. The default settings are in force, also for the SDK library: if that file named one, ISCBridge uses the sandbox until it is named again.",
        "Correct the renamed file and give it its old name again, or set what you need with “iscbridge config set”. Then start ISCBridge again.",
    ),
    "ISCB-SET-WRITE": (
        "The settings could not be stored",
        "“{path}” could not be written: {detail}. The settings are as they were.",
        "Check that the drive has room and that you may write the file, then try again.",
    ),
    "ISCB-SET-EDIT": (
        "The settings file has to be changed by hand",
        "“{path}” is written in a way that ISCBridge can't change {key} in it without touching something else. Nothing was changed.",
        "Open the file with a text editor and change the setting there.",
    ),
    "ISCB-SET-LOCKED": (
        "The setting is fixed by the administrator",
        "{key} is fixed for all users of this computer in “{path}”. What that file says is in force.",
        "If you need another value, ask the administrator of this computer.",
    ),
    "ISCB-SET-MACHINE": (
        "The administrator's policy file can't be used",
        "“{path}” can't be used, or a part of it: {detail}. All other settings are in force; work goes on.",
        "Tell the administrator of this computer. Once the file is corrected, start ISCBridge again.",
    ),
    "ISCB-SET-MACHINE-VALUE": (
        "A value in the administrator's policy file can't be used",
        "In “{path}” the setting {key} can be: {allowed}. What stands there is something else and was passed over; work goes on.",
        "Tell the administrator of this computer. Once the file is corrected, start ISCBridge again.",
    ),
    # license records
    "ISCB-LIC-RECORD-EDITED": (
        "The licence record was changed",
        "What ISCBridge keeps about the licence of {product} was changed by something else than ISCBridge, so it can't be relied on. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Connect to the Internet: one check of the licence puts everything right, and your licence itself is not affected.",
    ),
    "ISCB-LIC-RECORD-COPIED": (
        "The licence record comes from elsewhere",
        "What ISCBridge keeps about the licence of {product} was not written by this profile on this computer; that also happens after a move to another computer or when the keyring was reset. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Connect to the Internet: one check of the licence puts everything right. If ISCBridge then asks for the licence code, enter it again.",
    ),
    "ISCB-LIC-RECORD-ROLLED-BACK": (
        "The licence record is an old one",
        "What ISCBridge keeps about the licence of {product} is older than it should be; that happens when a backup was restored. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Connect to the Internet: one check of the licence puts everything right, and your licence itself is not affected.",
    ),
    "ISCB-LIC-RECORD-DAMAGED": (
        "The licence record is damaged",
        "What ISCBridge keeps about the licence of {product} could not be read and was set aside as “{path}”. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Connect to the Internet: one check of the licence puts everything right. If it happens again, check the drive.",
    ),
    "ISCB-LIC-RECORD-MISSING": (
        "The licence record is missing",
        "The file in which ISCBridge keeps what it knows about the licence of {product} is gone. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Connect to the Internet: one check of the licence puts everything right, and your licence itself is not affected.",
    ),
    "ISCB-LIC-RECORD-NEWER": (
        "The licence record belongs to a newer ISCBridge",
        "What is kept about the licence of {product} was written by a newer ISCBridge, and this one can't read it. Local work and saves that were accepted go on; new work to the cloud waits for one online check.",
        "Install the newer ISCBridge again, or connect to the Internet: one check of the licence puts everything right.",
    ),
    "ISCB-LIC-NO-DELIVERY": (
        "ISCDesk delivered no licence",
        "ISCDesk took the request for a licence of “{product}”, and nothing came of it in the time that ISCBridge waits. Nothing was changed: a licence that you have goes on.",
        "Look at ISCDesk: a licence may have to be assigned to you there first. Then ask again.",
    ),
    "ISCB-LIC-DELIVERY-FAILED": (
        "ISCDesk could not deliver the licence",
        "ISCDesk answered the request for a licence of “{product}” with a failure and gave no reason. Nothing was changed: a licence that you have goes on.",
        "Ask whoever administers your licences whether one is assigned to you, then ask again.",
    ),
    "ISCB-LIC-STRAY-DELIVERY": (
        "A licence came that nobody waits for",
        "ISCDesk sent news of a licence, and no application waits for it. ISCDesk does not say for which product it is, so ISCBridge does not use it.",
        "Nothing has to be done. If an application still needs a licence, let it ask again.",
    ),
    "ISCB-LIC-NOT-ASKED": (
        "No verification is awaited",
        "No licence of “{product}” waits to be verified by this program: none was delivered for it, it has been verified, or the time for it is over. Nothing was changed.",
        "Ask for the licence again, and verify what comes then.",
    ),
    "ISCB-LIC-NOT-VERIFIED": (
        "A delivered licence was not verified",
        "ISCDesk delivered a licence for “{product}”, and the application that was asked to verify it did not answer in time. The licence is not used. Work on this computer is not affected.",
        "Start the application again: it asks for its licence anew.",
    ),
    "ISCB-LIC-HOST-REFUSED": (
        "The application does not accept the licence",
        "“{product}” found that the licence which ISCDesk delivered is not good: {detail}. New work with the cloud needs a good one; saving on this computer is not affected.",
        "Ask the vendor for a licence that fits this computer, then ask for it again.",
    ),
    "ISCB-LIC-VERIFY-KEY": (
        "The vendor's key can't be used",
        "The key that licences are to be verified with is not a public Ed25519 key. No licence was judged by it, and nothing was changed.",
        "Ask the vendor for a correct policy file.",
    ),
    "ISCB-LIC-FILE-FORMAT": (
        "This is not a licence that ISCBridge can read",
        "The licence does not have the form that it must have: {detail}. New work with the cloud needs a good one; saving on this computer is not affected.",
        "Make sure that the licence is complete and unchanged. If it is, ask the vendor for a new one.",
    ),
    "ISCB-LIC-FILE-SIGNATURE": (
        "The licence is not from the vendor, or was changed",
        "The signature of the licence does not fit. A single changed character is enough for that. New work with the cloud needs a good licence; saving on this computer is not affected.",
        "Take the licence as the vendor sent it. If that does not help, ask the vendor for a new one.",
    ),
    "ISCB-LIC-FILE-PRODUCT": (
        "The licence is for another product",
        "The licence is for “{found}” and not for “{product}”. New work with the cloud needs one that fits; saving on this computer is not affected.",
        "Ask the vendor, or whoever administers your licences, for a licence of “{product}”.",
    ),
    "ISCB-LIC-FILE-DEVICE": (
        "The licence is for another computer",
        "The licence was issued for a computer whose parts are mostly others than this one's. New work with the cloud needs one for this computer; saving here is not affected.",
        "Ask for a licence again on this computer. If it was repaired or replaced, tell the vendor.",
    ),
    "ISCB-LIC-FILE-EXPIRED": (
        "The licence has expired",
        "The delivered licence was valid until {expires}. New work with the cloud stops; saving on this computer is not affected.",
        "Renew the licence, then ask for it again. If the date of this computer is wrong, correct it.",
    ),
    "ISCB-LIC-FILE-NOT-YET": (
        "The licence is not valid yet",
        "The licence was issued at {issued}, which this computer's clock has not reached. New work with the cloud waits; saving on this computer is not affected.",
        "Check the date and time of this computer, then ask for the licence again.",
    ),
    "ISCB-LIC-FILE-UNREADABLE": (
        "The licence file can't be read",
        "“{path}” could not be read: {detail}. Nothing was decided by it: a licence that you have goes on.",
        "Check the file and the drive that it lies on, then ask for the licence again.",
    ),
    # device fingerprint
    "ISCB-DEVICE-LOAD": (
        "This computer can't be recognised",
        "The part of ISCBridge that tells this computer from others can't be loaded: {path} ({detail}). Licences can't be bound to this computer. Local work and saving are not affected.",
        "Repair the installation of ISCBridge, or install it again.",
    ),
    # store: Open API
    "ISCB-STORE-ILLEGAL-STATE": (
        "The store says that the code can't be activated now",
        "The code is in a state that allows no activation ({storeCode}). Most often it was activated before, and then it goes on being valid.",
        "ISCBridge asks the store for its state. If that does not help, look in the store under your purchased resources.",
    ),
    "ISCB-STORE-NOT-RECEIVED": (
        "The code was not collected in the store yet",
        "The buyer has to collect the code in the store before it can be activated. Your files on this computer are not affected.",
        "Ask whoever bought it to open the purchase in the store and collect the code, then activate it again.",
    ),
    "ISCB-STORE-NO-SUCH-CODE": (
        "The store does not know this code",
        "No licence with this code exists in the store. Your files on this computer are not affected.",
        "Check the code letter by letter against the store's page or the message that you got, then enter it again.",
    ),
    "ISCB-STORE-ILLEGAL-CODE": (
        "The store does not accept this code",
        "The store calls the code invalid. Your files on this computer are not affected.",
        "Check the code letter by letter, then enter it again. If it is right, ask whoever sold it.",
    ),
    "ISCB-STORE-NOT-ACTIVATED": (
        "The code is not activated",
        "The store knows the code, but it was not activated yet.",
        "Activate it with “iscbridge license activate” or in your CAD application.",
    ),
    "ISCB-STORE-INTERNAL": (
        "The store has a problem of its own",
        "The store reported an internal error. Nothing changes for your licence, and you can go on working.",
        "Nothing to do: ISCBridge tries again by itself.",
    ),
    "ISCB-STORE-PARAM": (
        "The store could not read the code",
        "The code has a form that the store does not take: too long, empty, or with characters that no code has.",
        "Copy the code again, without spaces before or after it. If it is right, tell the maker of this software.",
    ),
    "ISCB-STORE-REQUEST": (
        "The store did not understand the request",
        "The store refused the form of the request ({storeCode}). Nothing changes for your licence, and you can go on working.",
        "Update ISCBridge. If it is up to date, please report this code.",
    ),
    "ISCB-STORE-ACCOUNT": (
        "The store does not let this account in",
        "The vendor's account may not use this interface ({storeCode}). Nothing changes for your licence, and you can go on working.",
        "The vendor has to check the account in the seller centre: it must have programmatic access and be in order.",
    ),
    "ISCB-STORE-NO-SUCH-API": (
        "The store does not offer this interface",
        "The store answered that the interface does not exist ({storeCode}). Nothing changes for your licence, and you can go on working.",
        "Update ISCBridge. If it is up to date, tell the vendor of the software.",
    ),
    "ISCB-STORE-GATEWAY": (
        "The store's gateway has a problem",
        "The gateway in front of the store could not pass the request on ({storeCode}). Nothing changes for your licence.",
        "Nothing to do: ISCBridge tries again by itself. If it lasts for days, tell the vendor of the software.",
    ),
    "ISCB-STORE-AUTH": (
        "The store refused the vendor's key",
        "The signature of the request was not accepted. After two refusals ISCBridge stops asking, because more would lock the key for everybody.",
        "The vendor has to check the access key and its secret, and set them again.",
    ),
    "ISCB-STORE-CLOCK": (
        "This computer's clock differs too much from the store's",
        "The store refuses requests whose time is off by more than 15 minutes. Nothing changes for your licence.",
        "Set the date, the time and the time zone of this computer, then try again.",
    ),
    "ISCB-STORE-KEY-LOCKED": (
        "The vendor's key is locked for some minutes",
        "After several refused signatures the store locks a key for five minutes. Nothing changes for your licence, and you can go on working.",
        "Wait five minutes. ISCBridge does not ask before. If it happens again, the vendor has to check where the key is used.",
    ),
    "ISCB-STORE-AUTH-STOPPED": (
        "ISCBridge stopped asking the store",
        "The store refused the vendor's key twice in a row. More refusals would lock it for everybody, so ISCBridge asks no more by itself.",
        "Have the vendor's key checked and set it again, then choose “Check now” or run “iscbridge license refresh”: that is one more try.",
    ),
    "ISCB-STORE-THROTTLED": (
        "The store has too much to do",
        "The store takes no more requests at the moment. Nothing changes for your licence, and you can go on working.",
        "Nothing to do: ISCBridge tries again later by itself.",
    ),
    "ISCB-STORE-UNAVAILABLE": (
        "The store is not available",
        "The store or its gateway answered with a failure (HTTP {status}). Nothing changes for your licence, and you can go on working.",
        "Nothing to do: ISCBridge tries again by itself.",
    ),
    "ISCB-STORE-UNEXPECTED": (
        "The store answered with something unknown",
        "The answer {storeCode} is not documented, so nothing follows from it. Nothing changes for your licence.",
        "ISCBridge tries again by itself. If it lasts, update ISCBridge or report this code.",
    ),
    "ISCB-STORE-UNREADABLE": (
        "The store's answer can't be read",
        "An answer came, but what was asked can't be read from it with certainty: {detail}. Nothing changes for your licence.",
        "ISCBridge tries again by itself. If it lasts, update ISCBridge or report it with the log.",
    ),
    "ISCB-STORE-USE-REFUSED": (
        "The store did not take the report of use",
        "The daily report that the software is used failed the store's checks. Your licence is not affected.",
        "Nothing to do: ISCBridge reports again. If it lasts, tell the vendor of the software.",
    ),
    "ISCB-STORE-UNREACHABLE": (
        "The store can't be reached",
        "No connection to the store could be made: {detail}. Nothing changes for your licence, and you can go on working.",
        "Check the network connection. ISCBridge tries again by itself.",
    ),
    "ISCB-STORE-TLS": (
        "The store could not be verified",
        "The other side could not prove to be {host}: {detail}. Nothing was sent to it.",
        "Check the date of this computer. In a company network the administrator may have to install the certificate of the security gateway.",
    ),
    "ISCB-STORE-TIMEOUT": (
        "The store did not answer in time",
        "No whole answer came within {seconds} s. Nothing changes for your licence, and you can go on working.",
        "Check the network connection. ISCBridge tries again by itself.",
    ),
    "ISCB-STORE-LOST": (
        "The store's answer got lost",
        "The request left, and the connection ended before an answer came. It may have arrived; it is not sent a second time.",
        "ISCBridge asks the store for the state of the code. If that does not settle it, try again.",
    ),
    "ISCB-STORE-PROXY": (
        "The proxy can't be used",
        "The way to the store leads through the proxy {proxy}, and that did not work: {detail}. Nothing was sent to the store.",
        "Check the setting network.proxy, the proxy settings of the system and the network connection.",
    ),
    "ISCB-STORE-PROXY-AUTH": (
        "The proxy asks for a user and a password",
        "The proxy {proxy} refused the connection, because it was given no login, a wrong one, or one of a kind that it does not take.",
        "Set user and password of the proxy again. ISCBridge can log in with Basic only; for others ask your administrator for an exception.",
    ),
    "ISCB-STORE-OWN-KEYS": (
        "This computer holds the keys of the vendor's whole account",
        "Licences are checked with keys that open the vendor's whole account in the store. They must never be on a customer's computer.",
        "Use this only on the vendor's own test computers. If this is not one, remove the keys and have the vendor replace them.",
    ),
}

#: Sentences of the command line, `doctor` and the demo.
MESSAGES: dict[str, str] = {
    "signin.page.done.title": "You may close this window",
    "signin.page.done.text": "Go back to ISCBridge: it says whether the sign-in was accepted.",
    "signin.page.cancelled.title": "You were not signed in",
    "signin.page.cancelled.text": "The sign-in was not completed. You may close this window, and sign in again from ISCBridge.",
    "signin.page.unknown.title": "Nothing to see here",
    "signin.page.unknown.text": "ISCBridge does not wait for this page. If you were signing in, begin again in ISCBridge.",
    "license.state.unmanaged": "no licence needed",
    "license.state.not_activated": "not activated",
    "license.state.active": "active",
    "license.state.offline_grace": "active, could not be checked lately",
    "license.state.grace_over": "could not be checked for too long",
    "license.state.frozen": "frozen, can be renewed",
    "license.state.expired": "expired",
    "license.state.released": "given back or refunded",
    "license.state.refused": "refused",
    "license.state.clock_suspect": "the clock went back",
    "license.state.machine_changed": "bound to another computer",
    # notices of licences
    "license.notActivated": "“{product}” has no active licence here. Enter its authorisation code once to work with the cloud; work on this computer is not affected.",
    "license.graceEndsIn": "The licence of “{product}” could not be checked for a while. Within {days} days new cloud work will stop unless this computer connects once; until then everything works.",
    "license.graceEndsTomorrow": "The licence of “{product}” could not be checked for a while. Within 24 hours new cloud work will stop unless this computer connects once; until then everything works.",
    "license.termEndsIn": "The licence of “{product}” ends within {days} days, as far as is known. Renew it in time; no code has to be entered again.",
    "license.termEndsTomorrow": "The licence of “{product}” ends within 24 hours, as far as is known. Renew it in time; no code has to be entered again.",
    "license.termPassed": "The term of the licence of “{product}” has passed, as far as is known here; a renewal shows with the next check. Until then everything works: connect to the network once.",
    "license.graceOver": "The licence of “{product}” could not be checked for too long. New cloud work waits until this computer connects once; nothing was lost, and work on this computer is not affected.",
    "license.frozen": "The licence of “{product}” is frozen. What was accepted is finished, and work on this computer is not affected; for new cloud work renew it at {url}.",
    "license.frozenNoUrl": "The licence of “{product}” is frozen. What was accepted is finished, and work on this computer is not affected; for new cloud work renew it where it was bought.",
    "license.expired": "The licence of “{product}” has expired. What was accepted is finished, and work on this computer is not affected; for new cloud work renew it at {url}.",
    "license.expiredNoUrl": "The licence of “{product}” has expired. What was accepted is finished, and work on this computer is not affected; for new cloud work renew it where it was bought.",
    "license.released": "The licence of “{product}” was given back or refunded. What was accepted is finished, and work on this computer is not affected; new cloud work needs a new code.",
    "license.refused": "The licence of “{product}” was not accepted. What was accepted before is finished, and work on this computer is not affected. The licence page of ISCBridge says why, and what to do.",
    "license.clockSuspect": "The clock of this computer was set back, so the licence of “{product}” can't be counted. Set the clock right or connect once; work on this computer is not affected.",
    "license.machineChanged": "The licence of “{product}” was activated on another computer. Activate it again here for new cloud work; work on this computer is not affected.",
}
