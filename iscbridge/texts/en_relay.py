"""Texts of the vendor's licence relay, in English."""

from __future__ import annotations

#: Error code: (title, what happened, what to do next).
TEXTS: dict[str, tuple[str, str, str]] = {
    "ISCB-RELAY-FILE": (
        "A file can't be read or written",
        "“{path}” can't be used: {detail}. What was asked for was not done; what was there is as it was.",
        "Check the path, the rights of the user who runs this, and the room on the drive. Then try again.",
    ),
    "ISCB-RELAY-SEATS-OPEN": (
        "The number of seats is not known yet",
        "Every seat of “{product}” that is known is in use, and the store has not told yet how many were bought. Local work is not affected.",
        "It is asked again by itself, after {seconds} seconds at the earliest. If it stays so, tell the vendor of the CAD application: they can enter the number.",
    ),
    "ISCB-RELAY-PERSON-DEVICES": (
        "Your seat is in use on other computers",
        "You use “{product}” on as many computers as your seat allows. Local work is not affected.",
        "Sign out or give the seat back on another computer, or wait until its lease has ended.",
    ),
    "ISCB-RELAY-NAMED-TAKEN": (
        "Every seat belongs to somebody else",
        "All seats that were bought of “{product}” belong to other people. Local work is not affected.",
        "Ask your administrator: a colleague can give a seat back, or more can be bought.",
    ),
    "ISCB-RELAY-TENANT-UNKNOWN": (
        "The organisation is not known here",
        "Somebody of an organisation signed in that the vendor's relay does not know. Local work is not affected.",
        "Sign in with the account of the organisation that bought the licence, or tell the vendor.",
    ),
    "ISCB-RELAY-TENANT": (
        "The sign-in service does not answer",
        "The sign-in service of the organisation gave the relay no usable answer ({detail}). Nothing changes for your work.",
        "Try again in a few minutes. If it lasts, tell your administrator or the vendor.",
    ),
    "ISCB-RELAY-SIGN-IN-OVER": (
        "The sign-in is over",
        "This sign-in was used already, took too long, was begun elsewhere, or the organisation ended it. Local work is not affected.",
        "Sign in again on the licence page of the settings, or with “iscbridge license sign-in”.",
    ),
    "ISCB-RELAY-NO-SIGN-IN": (
        "Nobody signs in here",
        "“{product}” is not licensed to people at this relay, or its sign-in is not set up. Local work is not affected.",
        "Activate the licence with its code. If the vendor told you to sign in, tell the vendor.",
    ),
    "ISCB-RELAY-SERIAL": (
        "The serial number is another record's",
        "Use was told before under the serial number “{serial}”, with other figures. Nothing of this request was written down.",
        "Tell each use under a serial number of its own, and the same use always under the same one with the same figures.",
    ),
    "ISCB-RELAY-SERVICE": (
        "The relay does not believe the service",
        "The request is not signed with the relay's “metering_key”, or the relay has none. Nothing was written down.",
        "Give the service the same “metering_key” as the relay, and the relay's host name as its “relay.toml” has it. The page on the relay says how a request is signed.",
    ),
    "ISCB-RELAY-ANSWER": (
        "The relay's answer can't be read",
        "An answer came from the vendor's relay, but nothing certain can be read from it: {detail}. Nothing changes for your licence.",
        "ISCBridge tries again by itself. If it lasts, update ISCBridge or tell the vendor of the CAD application.",
    ),
    "ISCB-RELAY-LOST": (
        "The relay's answer got lost",
        "The request left twice, and both times the connection ended before an answer came. Nothing changes for your licence.",
        "ISCBridge asks again by itself; what was asked for may be asked for again without harm.",
    ),
    "ISCB-RELAY-TIMEOUT": (
        "The vendor's relay did not answer in time",
        "No whole answer came within {seconds} s. Nothing changes for your licence, and you can go on working.",
        "Check the network connection. ISCBridge tries again by itself.",
    ),
    "ISCB-RELAY-TLS": (
        "The vendor's relay could not be verified",
        "The other side could not prove to be {host}: {detail}. Nothing was sent to it, and nothing changes for your licence.",
        "Check the date of this computer. In a company network the administrator may have to install the certificate of the security gateway.",
    ),
    "ISCB-RELAY-UNREACHABLE": (
        "The vendor's relay can't be reached",
        "No connection to {host} could be made: {detail}. Nothing changes for your licence, and you can go on working.",
        "Check the network connection. ISCBridge tries again by itself.",
    ),
    "ISCB-RELAY-GENERATOR": (
        "The licence could not be made",
        "The licence server could not make a licence file for a machine: {detail}. The store is not told anything yet, and the server tries again later.",
        "The vendor looks at the program or the key that makes licences (“generator” of relay.toml, “license_key” of the secrets).",
    ),
    "ISCB-RELAY-NO-SUCH": (
        "The relay has no such entry",
        "There is no {what} “{id}” in the relay, or it is not in a state in which this can be done.",
        "“iscbridge relay admin” lists what there is.",
    ),
    "ISCB-RELAY-BACKUP": (
        "The backup can not be used",
        "{path}: {detail}. Nothing was changed.",
        "Use another backup. A backup is used only whole: one that was cut off or changed is refused.",
    ),
    "ISCB-RELAY-EXTRA": (
        "The relay is not installed",
        "Not installed: {packages}. The relay is the part of the product for the vendor of an application; workstations do not need it.",
        "“pip install iscbridge[relay]” installs it.",
    ),
    "ISCB-RELAY-EXISTS": (
        "There is something already",
        "{path} exists. Nothing was changed, so that no key and no data are lost.",
        "Choose another folder or file, or remove it yourself if it is not needed any more.",
    ),
    "ISCB-RELAY-LISTEN": (
        "The relay can not listen",
        "The relay could not open {address} ({detail}), so nobody can reach it.",
        "Check `listen`, `metrics`, `certificate` and `certificate_key` of relay.toml: the address must be free, and the certificate and its key must be PEM files that belong together, the key without a password.",
    ),
    "ISCB-RELAY-INTERNAL": (
        "The relay made a mistake",
        "Something went wrong inside the relay; its log says what. Nothing changes for your work.",
        "It is asked again by itself. If this stays, tell the vendor of the CAD application, and name this code.",
    ),
    "ISCB-RELAY-BUSY": (
        "The relay is very busy",
        "More is asked of the relay at this moment than it can answer. Nothing changes for your work.",
        "It is asked again by itself in a moment.",
    ),
    "ISCB-RELAY-SLOW": (
        "The request came too slowly",
        "The request was not complete in time and was not read. Nothing changes for your work.",
        "It is asked again by itself. If this stays, look at the network between this computer and the relay.",
    ),
    "ISCB-RELAY-TOO-LARGE": (
        "The request is too large",
        "The request has more than {most} bytes and was not read. Nothing was changed.",
        "This is a fault in the program that asked. Please tell its maker, and name this code.",
    ),
    "ISCB-RELAY-RELEASED": (
        "The seat was given back",
        "This computer's seat was given back and can be used on another one. Local work is not affected.",
        "To use the cloud here again, activate the licence with its code.",
    ),
    "ISCB-RELAY-UPSTREAM": (
        "The relay could not ask the store",
        "The store gave the relay no usable answer ({detail}). Nothing changes for your work.",
        "Try again in a few minutes.",
    ),
    "ISCB-RELAY-REQUEST": (
        "The request could not be understood",
        "Something in the request is missing or of the wrong kind: {detail}. Nothing was changed.",
        "This is a fault in the program that asked. Please tell its maker, and name this code.",
    ),
    "ISCB-RELAY-SIGN-IN": (
        "Nobody is signed in",
        "“{product}” is licensed to people, and nobody is signed in on this computer. Local work is not affected.",
        "Sign in on the licence page of the settings, or with “iscbridge license sign-in”.",
    ),
    "ISCB-RELAY-TRANSFERS": (
        "Seats were moved too often",
        "The seats of “{product}” were moved as often as the vendor allows in 30 days. Local work is not affected.",
        "Wait, give a seat back on the computer that has it, or ask the vendor.",
    ),
    "ISCB-RELAY-SEAT-LOST": (
        "There are fewer seats than before",
        "“{product}” was renewed with fewer seats, and this computer's is not among them. Local work is not affected.",
        "Ask your administrator: more seats can be bought, or one given back elsewhere.",
    ),
    "ISCB-RELAY-SEATS-TAKEN": (
        "Every seat of the licence is taken",
        "All seats that were bought of “{product}” are in use on other computers. Local work is not affected.",
        "Give a seat back on another computer, take one over on the licence page of the settings (or with “iscbridge license transfer”), or buy more seats.",
    ),
    "ISCB-RELAY-CODE": (
        "The code is not valid",
        "The store knows no such code for “{product}”, or it is not ready yet. Local work is not affected.",
        "Check the code and type it again. A newly bought code has to be collected in the store first.",
    ),
    "ISCB-RELAY-BLOCKED": (
        "This computer was taken out by the vendor",
        "The vendor has blocked this computer for “{product}”. Local work is not affected.",
        "Ask your administrator or the vendor of the CAD application.",
    ),
    "ISCB-RELAY-UNKNOWN-PRODUCT": (
        "The relay does not serve this product",
        "The vendor's relay knows no product “{product}”. Local work is not affected.",
        "Tell the vendor of the CAD application.",
    ),
    "ISCB-RELAY-UNKNOWN-DEVICE": (
        "The relay does not know this computer",
        "This computer was not enrolled for “{product}”, or was taken out. Local work is not affected.",
        "Activate the licence on this computer with its code.",
    ),
    "ISCB-RELAY-RATE": (
        "Too many requests",
        "More was asked than the relay allows in this time. Nothing changes for your work.",
        "It is asked again by itself in {seconds} seconds.",
    ),
    "ISCB-RELAY-REPLAY": (
        "The same request came twice",
        "The relay has had this very request before, and takes none twice. Nothing changes for your work.",
        "It is asked anew by itself.",
    ),
    "ISCB-RELAY-CLOCK": (
        "The computer's clock is far from the relay's",
        "The request's time is more than five minutes from the relay's. Nothing changes for your work.",
        "It is asked again with the relay's time, by itself. Set this computer's clock right when you can.",
    ),
    "ISCB-RELAY-SIGNATURE": (
        "The relay does not believe the request",
        "The request is not signed by this device's own key. Nothing changes for your work.",
        "Activate the licence again. If this stays, tell the vendor of the CAD application.",
    ),
    "ISCB-RELAY-SEALED": (
        "Something sealed in the database can't be opened",
        "What was kept for “{purpose}” was sealed with another key, or was changed. It was left as it is.",
        "Restore the key “seal_key” that belongs to this database, or enter the code again.",
    ),
    "ISCB-RELAY-SECRET": (
        "A secret of the relay can't be used",
        "The secret “{name}” can't be used: {detail}. The relay did not start; devices go on with the leases they have.",
        "Put it right as docs/relay.md says, then start the relay again.",
    ),
    "ISCB-RELAY-DATABASE-NEWER": (
        "The database belongs to a newer relay",
        "The tables have version “{version}”, which this relay does not know. Nothing was changed.",
        "Start the newer relay, or restore a backup of this version.",
    ),
    "ISCB-RELAY-DATABASE": (
        "The relay's database does not answer",
        "The relay can't reach its database: {detail}. Nothing was lost; devices go on with the leases they have.",
        "It tries again by itself. If this stays, look at the database server and the address in relay.toml.",
    ),
    "ISCB-RELAY-SETTINGS": (
        "The relay's settings can't be used",
        "“{path}” can't be used: {detail}. The relay did not start; devices go on with the leases they have.",
        "Correct the file; docs/relay.md has its form. If there is none, name the relay's folder with --folder, or make one with “iscbridge relay init”.",
    ),
}

#: Message id: text.
MESSAGES: dict[str, str] = {}
