"""The least that a tray program can be: Qt, an icon that is painted, a menu. What ours is measured against."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

application = QApplication(sys.argv)
application.setQuitOnLastWindowClosed(False)
picture = QPixmap(22, 22)
picture.fill(Qt.GlobalColor.transparent)
painter = QPainter(picture)
painter.setBrush(QColor("#2060a0"))
painter.drawEllipse(2, 2, 18, 18)
painter.end()
menu = QMenu()
for name in ("Open", "Settings", "Quit"):
    menu.addAction(name)
icon = QSystemTrayIcon(QIcon(picture))
icon.setContextMenu(menu)
icon.show()
sys.exit(application.exec())
