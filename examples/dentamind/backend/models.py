"""The models of DentaMind, as far as its migrations tell them."""

import datetime
import decimal
import enum
from typing import Optional

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Interval,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class AppointmentStatus(enum.Enum):
    booked = "booked"
    confirmed = "confirmed"
    completed = "completed"
    cancelled = "cancelled"
    no_show = "no_show"


class ClaimStatus(enum.Enum):
    submitted = "submitted"
    accepted = "accepted"
    rejected = "rejected"
    paid = "paid"


def big_id():
    return mapped_column(BigInteger, Identity(always=False), primary_key=True)


def now():
    return mapped_column(DateTime(timezone=True), server_default=func.now())


class Practice(Base):
    __tablename__ = "practices"

    id: Mapped[int] = mapped_column(Identity(always=False), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    time_zone: Mapped[str] = mapped_column(String(60), server_default="UTC")


class Patient(Base):
    __tablename__ = "patients"

    id: Mapped[int] = big_id()
    practice_id: Mapped[int] = mapped_column(ForeignKey("practices.id"))
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    date_of_birth: Mapped[datetime.date]
    email: Mapped[Optional[str]] = mapped_column(String(255))
    phone: Mapped[Optional[str]] = mapped_column(String(40))
    created_at: Mapped[datetime.datetime] = now()

    practice: Mapped[Practice] = relationship()

    __table_args__ = (
        Index(None, "practice_id", "last_name"),
        Index("uq_patients_practice_id_email", "practice_id", text("lower(email)"), unique=True),
    )


class Appointment(Base):
    __tablename__ = "appointments"

    id: Mapped[int] = big_id()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    dentist: Mapped[str] = mapped_column(String(100))
    chair: Mapped[Optional[int]] = mapped_column(SmallInteger)
    starts_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    duration: Mapped[datetime.timedelta] = mapped_column(Interval, server_default=text("'00:30:00'::interval"))
    status: Mapped[AppointmentStatus] = mapped_column(
        Enum(AppointmentStatus, name="appointment_status"), server_default="booked"
    )
    note: Mapped[Optional[str]] = mapped_column(Text)
    created_at: Mapped[datetime.datetime] = now()

    __table_args__ = (
        CheckConstraint("duration > interval '0'", name="duration"),
        Index(None, "dentist", "starts_at"),
    )


class Treatment(Base):
    __tablename__ = "treatments"

    id: Mapped[int] = big_id()
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointments.id"), index=True)
    procedure_code: Mapped[str] = mapped_column(String(10), comment="CDT code, for example D2392")
    surfaces: Mapped[Optional[str]] = mapped_column(String(5))
    fee: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    performed_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    tooth_fdi: Mapped[str] = mapped_column(
        CHAR(2), index=True, comment="ISO 3950 (FDI) code; 00 means the whole mouth"
    )

    __table_args__ = (
        CheckConstraint("fee >= 0", name="fee"),
        CheckConstraint("tooth_fdi ~ '^([1-4][1-8]|[5-8][1-5]|0[0-2])$'", name="tooth_fdi"),
    )


class InsuranceClaim(Base):
    __tablename__ = "insurance_claims"

    id: Mapped[int] = big_id()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"), index=True)
    payer: Mapped[str] = mapped_column(String(200))
    claim_number: Mapped[str] = mapped_column(String(40))
    submitted_at: Mapped[datetime.datetime] = now()
    amount: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    status: Mapped[ClaimStatus] = mapped_column(Enum(ClaimStatus, name="claim_status"), server_default="submitted")
    decided_at: Mapped[Optional[datetime.datetime]] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("(status = 'submitted') = (decided_at IS NULL)", name="decided"),
        UniqueConstraint("payer", "claim_number"),
    )
