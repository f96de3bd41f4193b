# Set CKA_SIGN to false on a private key; no command-line tool does that.
# usage: pkcs11-forbid-signing.py MODULE TOKEN PIN LABEL
import ctypes
import sys

module, token, pin, label = sys.argv[1:]
CKA_CLASS, CKA_LABEL, CKA_SIGN, CKO_PRIVATE_KEY = 0, 3, 0x108, 3
ulong = ctypes.c_ulong


class Attribute(ctypes.Structure):
    _fields_ = [("type", ulong), ("value", ctypes.c_void_p), ("len", ulong)]


def attribute(kind, value):
    return Attribute(kind, ctypes.cast(ctypes.pointer(value), ctypes.c_void_p),
                     ctypes.sizeof(value))


def check(what, result):
    if result != 0:
        sys.exit(f"{what}: {result:#x}")


p11 = ctypes.CDLL(module)
check("C_Initialize", p11.C_Initialize(None))
count = ulong(16)
slots = (ulong * 16)()
check("C_GetSlotList", p11.C_GetSlotList(1, slots, ctypes.byref(count)))
for slot in slots[:count.value]:
    info = ctypes.create_string_buffer(512)
    check("C_GetTokenInfo", p11.C_GetTokenInfo(ulong(slot), info))
    if info.raw[:32].rstrip() == token.encode():
        break
else:
    sys.exit(f"no token {token}")
session, found, n = ulong(), ulong(), ulong()
check("C_OpenSession", p11.C_OpenSession(ulong(slot), ulong(6), None, None,
                                         ctypes.byref(session)))
check("C_Login", p11.C_Login(session, ulong(1), pin.encode(), ulong(len(pin))))
kind = ulong(CKO_PRIVATE_KEY)
name = (ctypes.c_char * len(label))(*[bytes([c]) for c in label.encode()])
template = (Attribute * 2)(attribute(CKA_CLASS, kind), attribute(CKA_LABEL, name))
check("C_FindObjectsInit", p11.C_FindObjectsInit(session, template, ulong(2)))
check("C_FindObjects", p11.C_FindObjects(session, ctypes.byref(found), ulong(1),
                                         ctypes.byref(n)))
check("C_FindObjectsFinal", p11.C_FindObjectsFinal(session))
if n.value != 1:
    sys.exit(f"no private key {label}")
false = ctypes.c_ubyte(0)
check("C_SetAttributeValue", p11.C_SetAttributeValue(
    session, found, (Attribute * 1)(attribute(CKA_SIGN, false)), ulong(1)))
check("C_Finalize", p11.C_Finalize(None))
