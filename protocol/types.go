package protocol

// The methods below make every message struct a Message, by value. Decode always
// returns values, never pointers.

// MessageType returns TypeHello.
func (Hello) MessageType() Type { return TypeHello }

// MessageType returns TypeClaim.
func (Claim) MessageType() Type { return TypeClaim }

// MessageType returns TypeChooseCode.
func (ChooseCode) MessageType() Type { return TypeChooseCode }

// MessageType returns TypeChooseDocument.
func (ChooseDocument) MessageType() Type { return TypeChooseDocument }

// MessageType returns TypeStart.
func (Start) MessageType() Type { return TypeStart }

// MessageType returns TypeRetake.
func (Retake) MessageType() Type { return TypeRetake }

// MessageType returns TypeUseAnyway.
func (UseAnyway) MessageType() Type { return TypeUseAnyway }

// MessageType returns TypeSkip.
func (Skip) MessageType() Type { return TypeSkip }

// MessageType returns TypeBeat.
func (Beat) MessageType() Type { return TypeBeat }

// MessageType returns TypePresence.
func (Presence) MessageType() Type { return TypePresence }

// MessageType returns TypeCameraReport.
func (CameraReport) MessageType() Type { return TypeCameraReport }

// MessageType returns TypeExtend.
func (Extend) MessageType() Type { return TypeExtend }

// MessageType returns TypeNotMe.
func (NotMe) MessageType() Type { return TypeNotMe }

// MessageType returns TypeBye.
func (Bye) MessageType() Type { return TypeBye }

// MessageType returns TypeRenew.
func (Renew) MessageType() Type { return TypeRenew }

// MessageType returns TypeSetLanguage.
func (SetLanguage) MessageType() Type { return TypeSetLanguage }

// MessageType returns TypeSetAddress.
func (SetAddress) MessageType() Type { return TypeSetAddress }

// MessageType returns TypeSameDevice.
func (SameDevice) MessageType() Type { return TypeSameDevice }

// MessageType returns TypeNotMyPhone.
func (NotMyPhone) MessageType() Type { return TypeNotMyPhone }

// MessageType returns TypeCancel.
func (Cancel) MessageType() Type { return TypeCancel }

// MessageType returns TypeWelcome.
func (Welcome) MessageType() Type { return TypeWelcome }

// MessageType returns TypePairing.
func (Pairing) MessageType() Type { return TypePairing }

// MessageType returns TypeInvitation.
func (Invitation) MessageType() Type { return TypeInvitation }

// MessageType returns TypeProgress.
func (Progress) MessageType() Type { return TypeProgress }

// MessageType returns TypeLive.
func (Live) MessageType() Type { return TypeLive }

// MessageType returns TypeNotice.
func (Notice) MessageType() Type { return TypeNotice }

// MessageType returns TypeEnrolment.
func (Enrolment) MessageType() Type { return TypeEnrolment }

// MessageType returns TypeFrameResult.
func (FrameResult) MessageType() Type { return TypeFrameResult }

// MessageType returns TypeCaptureStill.
func (CaptureStill) MessageType() Type { return TypeCaptureStill }

// MessageType returns TypePartAck.
func (PartAck) MessageType() Type { return TypePartAck }

// MessageType returns TypeStillResult.
func (StillResult) MessageType() Type { return TypeStillResult }

// MessageType returns TypeChallenge.
func (Challenge) MessageType() Type { return TypeChallenge }

// MessageType returns TypeError.
func (Error) MessageType() Type { return TypeError }

// readers decode each type into its own struct.
var readers = map[Type]func(Type, []byte) (Message, error){
	TypeHello:          read[Hello],
	TypeClaim:          read[Claim],
	TypeChooseCode:     read[ChooseCode],
	TypeChooseDocument: read[ChooseDocument],
	TypeStart:          read[Start],
	TypeRetake:         read[Retake],
	TypeUseAnyway:      read[UseAnyway],
	TypeSkip:           read[Skip],
	TypeBeat:           read[Beat],
	TypePresence:       read[Presence],
	TypeCameraReport:   read[CameraReport],
	TypeExtend:         read[Extend],
	TypeNotMe:          read[NotMe],
	TypeBye:            read[Bye],
	TypeRenew:          read[Renew],
	TypeSetLanguage:    read[SetLanguage],
	TypeSetAddress:     read[SetAddress],
	TypeSameDevice:     read[SameDevice],
	TypeNotMyPhone:     read[NotMyPhone],
	TypeCancel:         read[Cancel],
	TypeWelcome:        read[Welcome],
	TypePairing:        read[Pairing],
	TypeInvitation:     read[Invitation],
	TypeProgress:       read[Progress],
	TypeLive:           read[Live],
	TypeNotice:         read[Notice],
	TypeEnrolment:      read[Enrolment],
	TypeFrameResult:    read[FrameResult],
	TypeCaptureStill:   read[CaptureStill],
	TypePartAck:        read[PartAck],
	TypeStillResult:    read[StillResult],
	TypeChallenge:      read[Challenge],
	TypeError:          read[Error],
}
