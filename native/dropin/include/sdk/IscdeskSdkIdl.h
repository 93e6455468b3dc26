// ISCBridge's drop-in face: names of the types that the developer guide of ISCDesk's client SDK uses. NOT the vendor's
// header, and not derived from it: that header was not at hand. docs/drop-in.md tells the two apart in full.
//
// Documented by the guide: the type names ResultStatus and LicenseType, LICENSE_TYPE_FILE, the six names of events.
// Our choice: every number, the names of results, the name EventType, that the enumerations are not scoped (so that
// `EVENT_UPDATE` and `EventType::EVENT_UPDATE` both compile), and EVENT_ISCBRIDGE.
#ifndef ISCBRIDGE_DROPIN_ISCDESK_SDK_IDL_H
#define ISCBRIDGE_DROPIN_ISCDESK_SDK_IDL_H

#include "../iscbridge_dropin/options.hpp"

/// What a call answers at once. What becomes of it is told by an event.
enum ResultStatus : int {
    RESULT_SUCCESS = 0,          ///< it is on its way
    RESULT_FAILED = 1,           ///< it is not, for a reason that has no number of its own
    RESULT_NOT_INITIALIZED = 2,  ///< no Init was made, or ShutOut was
    RESULT_NO_LIBRARY = 3,       ///< the client library was not found, or is too old or too new
    RESULT_NO_BRIDGE = 4,        ///< Init: no bridge runs, and none could be started; later calls try again
    RESULT_TIMEOUT = 5,          ///< Init: no answer in time. ShutOut: a callback is still running
    RESULT_ARGUMENT = 6,         ///< a null pointer where an object is needed, or a licence type that the guide lacks
#ifdef ISCBRIDGE_DROPIN_MORE_RESULTS
    ISCBRIDGE_DROPIN_MORE_RESULTS
#endif
};

enum LicenseType : int {
    LICENSE_TYPE_FILE = 1,
#ifdef ISCBRIDGE_DROPIN_MORE_LICENSE_TYPES
    ISCBRIDGE_DROPIN_MORE_LICENSE_TYPES
#endif
};

enum EventType : int {
    EVENT_OPENCLOUDFILE_RESULT = 1,
    EVENT_SAVE_RESULT = 2,
    EVENT_LICENSE_VERIFY = 3,
    EVENT_UPGRADENOTICE = 4,
    EVENT_UPDATE = 5,
    EVENT_UPLOAD_END = 6,    ///< never raised: the guide prints its name and not its text
    EVENT_ISCBRIDGE = 1000,  ///< not of the guide; raised only if the host asks for it (options.hpp)
#ifdef ISCBRIDGE_DROPIN_MORE_EVENTS
    ISCBRIDGE_DROPIN_MORE_EVENTS
#endif
};

#endif
