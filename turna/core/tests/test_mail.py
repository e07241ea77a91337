"""The outbox against a real SMTP server: sent once, retried, never lost, never twice."""

from __future__ import annotations

import socket
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.mail import EmailMultiAlternatives, send_mail
from django.db import connection, transaction

from turna.core import mail
from turna.core.calendar import now
from turna.core.mail import blank_old_mail, queue, send_waiting
from turna.core.models import Institution, OutboxMail, Person
from turna.core.outbox import retry
from turna.core.rights import system_standing
from turna.core.smtp import MailMisconfigured, connect
from turna.core.tests.smtp_server import smtp_server


@pytest.fixture
def mailbox(settings):
    settings.PUBLIC_URL = "https://turna.example.mx"
    settings.MAIL_FROM = "Turna <turna@example.mx>"
    with smtp_server() as box:
        settings.SMTP_URL = box.url
        yield box


@pytest.fixture
def institution(db) -> Institution:
    return Institution.objects.create(key="veracruz", name="Ayuntamiento de <prueba>", theme={"primario": "#123456"})


def write(institution: Institution | None = None, **more) -> OutboxMail | None:
    more = {"kind": "task", "url": "/tareas/7/", **more}
    who = institution.pk if institution else None
    return queue(
        "ana@example.mx", "Tiene una tarea: ñandú", "Revise <la> orden.\n\nGracias.", institution_id=who, **more
    )


def test_a_mail_arrives_in_two_forms_with_the_house_look(institution, mailbox) -> None:
    row = write(institution)
    assert send_waiting() == 1
    (message,) = mailbox.taken
    assert message["To"] == "ana@example.mx" and message["From"] == "Turna <turna@example.mx>"
    assert message["Subject"] == "Tiene una tarea: ñandú"
    assert message["Message-ID"] == row.message_id and row.message_id.endswith("@example.mx>")
    assert message["List-Unsubscribe"].startswith("<https://turna.example.mx/")
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_body(["plain"]).get_content()
    assert "Revise <la> orden." in text and "https://turna.example.mx/tareas/7/" in text
    html = message.get_body(["html"]).get_content()
    assert "Revise &lt;la&gt; orden." in html and "Ayuntamiento de &lt;prueba&gt;" in html
    assert "#123456" in html and 'href="https://turna.example.mx/tareas/7/"' in html
    row.refresh_from_db()
    assert row.status == "sent" and row.sent_at and row.attempts == 1
    assert send_waiting() == 0 and len(mailbox.taken) == 1


def test_without_a_server_configured_mail_waits(institution, settings) -> None:
    settings.SMTP_URL = ""
    row = write(institution)
    assert send_waiting() == 0
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("queued", 0)


def test_a_rolled_back_act_writes_to_nobody(institution, mailbox) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        write(institution)
        raise RuntimeError
    assert send_waiting() == 0 and not mailbox.taken


def test_the_same_mail_twice_is_one(institution, mailbox) -> None:
    assert write(institution, dedupe="task:7") is not None
    assert write(institution, dedupe="task:7") is None
    assert send_waiting() == 1


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_later_means_later(institution, mailbox, stage: str) -> None:
    row = write(institution)
    mailbox.refusals[stage] = ["451 Vuelva más tarde"]
    assert send_waiting() == 0
    row.refresh_from_db()
    assert row.status == "queued" and "451" in row.last_error and row.next_attempt_at > now()
    assert send_waiting() == 0, "not before its time"
    assert send_waiting(now=now() + timedelta(minutes=2)) == 1
    assert [message["Message-ID"] for message in mailbox.taken] == [row.message_id]


def test_no_means_no_and_others_still_leave(institution, mailbox) -> None:
    row, other = write(institution), write(institution)
    mailbox.refusals["rcpt"] = ["550 No existe ese buzón"]
    assert send_waiting() == 1
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, other.status) == ("failed", "sent")
    assert row.last_error == "550 No existe ese buzón"
    retry(system_standing(institution.pk), row)
    assert send_waiting() == 1


def test_a_server_that_says_later_for_days_is_given_up(institution, mailbox) -> None:
    row = write(institution)
    OutboxMail.objects.update(created_at=now() - timedelta(days=4))
    mailbox.refusals["rcpt"] = ["451 Vuelva más tarde"]
    send_waiting()
    row.refresh_from_db()
    assert row.status == "failed"


def test_a_line_that_breaks_midway_is_tried_again_under_the_same_name(institution, mailbox) -> None:
    row, other = write(institution), write(institution)
    mailbox.drop_after_data = 1
    assert send_waiting() == 1
    row.refresh_from_db()
    assert row.status == "queued" and row.last_error
    assert send_waiting(now=now() + timedelta(minutes=2)) == 1
    names = [message["Message-ID"] for message in mailbox.taken]
    assert names == [row.message_id, other.message_id, row.message_id]


def test_a_server_that_is_away_loses_nothing(institution, settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        closed = probe.getsockname()[1]
    settings.SMTP_URL = f"smtp://127.0.0.1:{closed}"
    rows = [write(institution) for _ in range(3)]
    OutboxMail.objects.update(created_at=now() - timedelta(days=30))
    assert send_waiting() == 0
    assert set(OutboxMail.objects.values_list("status", flat=True)) == {"queued"}
    with smtp_server() as box:
        settings.SMTP_URL = box.url
        assert send_waiting(now=now() + timedelta(hours=5)) == 3
        assert {message["Message-ID"] for message in box.taken} == {row.message_id for row in rows}


def test_a_dead_workers_mail_is_taken_up_after_its_lease(institution, mailbox) -> None:
    row = write(institution)
    (claimed,) = mail._claim(10, now())
    assert mail._claim(10, now()) == [] and send_waiting() == 0
    assert send_waiting(now=now() + mail.LEASE + timedelta(seconds=1)) == 1
    # The first worker was only slow: what it notes now changes nothing.
    mail._note(claimed, mail.Outcome("later", "x"), now())
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("sent", 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(mailbox) -> None:
    institution = Institution.objects.create(key="veracruz", name="Ayuntamiento de prueba")
    names = {write(institution).message_id for _ in range(30)}
    gate, counts = Barrier(3), []

    def work() -> None:
        gate.wait()
        counts.append(send_waiting())
        connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 30
    assert sorted(message["Message-ID"] for message in mailbox.taken) == sorted(names)


def test_impossible_addresses_do_not_stop_the_rest(institution, mailbox) -> None:
    bad, _good = write(institution), write(institution)
    OutboxMail.objects.filter(pk=bad.pk).update(to="ana@example.mx\r\nBcc: x@example.mx")
    assert send_waiting() == 1
    bad.refresh_from_db()
    assert bad.status == "failed" and len(mailbox.taken) == 1


def test_django_and_allauth_write_to_the_outbox(institution, mailbox, settings) -> None:
    Person.objects.create_user("a@example.mx", given_names="Ana", institution=institution)
    settings.EMAIL_BACKEND = "turna.core.mail.OutboxBackend"
    message = EmailMultiAlternatives(
        "Confirme\nsu correo", "Abra https://x/secreto", to=["a@example.mx", "b@example.mx"]
    )
    message.attach_alternative("<p>Abra</p>", "text/html")
    assert message.send() == 1
    assert send_mail("Hola", "Texto", None, ["c@example.mx"]) == 1
    assert OutboxMail.objects.count() == 3
    assert OutboxMail.objects.get(institution=institution).to == "a@example.mx"
    assert send_waiting() == 3
    first = mailbox.taken[0]
    assert first["Subject"] == "Confirme su correo" and first["List-Unsubscribe"] is None
    assert "secreto" in first.get_body(["plain"]).get_content()
    assert "<p>Abra</p>" in first.get_body(["html"]).get_content()
    # A link that opens an account is not kept once it has left.
    assert not OutboxMail.objects.exclude(body="", html="").exists()


@pytest.mark.parametrize(
    ("said", "used"),
    [("#123456", "#123456"), ("#ffee00", mail.HOUSE_COLOUR), ("red;x", mail.HOUSE_COLOUR), (None, mail.HOUSE_COLOUR)],
)
def test_a_colour_on_which_nobody_can_read_is_not_used(institution, said: str | None, used: str) -> None:
    institution.theme = {"primario": said}
    institution.save()
    assert f'bgcolor="{used}"' in write(institution).html


def test_old_bodies_are_forgotten(institution, mailbox) -> None:
    row = write(institution)
    send_waiting()
    assert blank_old_mail() == 0
    assert blank_old_mail(now() + timedelta(days=91)) == 1
    row.refresh_from_db()
    assert row.body == row.html == "" and row.subject


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://ana:secreta@correo.example.mx:25"])
def test_a_server_address_that_cannot_be_used(url: str) -> None:
    with pytest.raises(MailMisconfigured):
        connect(url)
